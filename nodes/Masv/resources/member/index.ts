export { default as getAll } from './getAll';

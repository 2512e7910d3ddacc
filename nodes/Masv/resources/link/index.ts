export { default as create } from './create';
export { default as getAll } from './getAll';

export { default as getAll } from './getAll';
export { default as getPackages } from './getPackages';

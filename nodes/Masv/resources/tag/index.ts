export { default as create } from './create';
export { default as delete } from './delete';
export { default as getAll } from './getAll';

export { default as create } from './create';
export { default as get } from './get';
export { default as getAll } from './getAll';

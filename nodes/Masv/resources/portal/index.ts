export { default as create } from './create';
export { default as createForm } from './createForm';
export { default as delete } from './delete';
export { default as get } from './get';
export { default as getAll } from './getAll';
export { default as getPackages } from './getPackages';
export { default as update } from './update';

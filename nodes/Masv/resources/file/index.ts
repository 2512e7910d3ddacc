export { default as delete } from './delete';
export { default as getAll } from './getAll';
export { default as upload } from './upload';

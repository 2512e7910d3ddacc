export { default as delete } from './delete';
export { default as download } from './download';
export { default as getAll } from './getAll';
export { default as upload } from './upload';

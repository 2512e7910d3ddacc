export { default as browse } from './browse';
export { default as get } from './get';
export { default as getAll } from './getAll';
export { default as getTransfers } from './getTransfers';
export { default as pull } from './pull';
export { default as sendPackage } from './sendPackage';

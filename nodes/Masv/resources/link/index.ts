export { default as create } from './create';

// Finds npm packages where tests/run installed them: in the folder NODE_MODULES, outside the repository.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const parentURL = pathToFileURL(`${process.env.NODE_MODULES}/_`).href;

registerHooks({
  resolve(specifier, context, next) {
    const isPackage = /^[@a-z]/.test(specifier) && !specifier.startsWith('node:') && !specifier.startsWith('file:');
    const isOurs = !context.parentURL?.includes('/node_modules/');
    return next(specifier, isPackage && isOurs ? { ...context, parentURL } : context);
  },
});

-- Goes on. The field is taken out and not set to false, so that nothing is left that Git does not have.

obj.spec.suspend = nil
return obj

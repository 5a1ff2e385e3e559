-- Stops everything, also a deletion: the operator neither reads nor writes in AWS until it is resumed.

obj.spec.suspend = true
return obj

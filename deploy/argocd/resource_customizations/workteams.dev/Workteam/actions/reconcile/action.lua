-- Asks the operator to look now, which any new value of the annotation does. When the look is over, the value is in
-- status.lastHandledReconcileAt.

local os = require("os")

if obj.metadata.annotations == nil then
  obj.metadata.annotations = {}
end
obj.metadata.annotations["workteams.dev/requestedAt"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
return obj

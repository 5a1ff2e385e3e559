-- Which actions make sense at the moment. A suspended Workteam is not looked at, also when somebody asks for it.

local suspended = obj.spec ~= nil and obj.spec.suspend == true

return {
  reconcile = { disabled = suspended },
  suspend = { disabled = suspended },
  resume = { disabled = not suspended },
}

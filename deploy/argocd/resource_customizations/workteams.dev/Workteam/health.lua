-- What Argo CD shows of a Workteam: the first rule that fits decides. An object that is being deleted never comes here;
-- Argo CD calls it Progressing by itself.

local status = obj.status or {}

local function condition(type)
  for _, candidate in ipairs(status.conditions or {}) do
    if candidate.type == type then
      return candidate
    end
  end
  return {}
end

local ready = condition("Ready")
local stalled = condition("Stalled")
local drifted = condition("Drifted")

local function progressing()
  if ready.reason ~= nil and ready.observedGeneration == obj.metadata.generation then
    return { status = "Progressing", message = ready.reason .. ": " .. (ready.message or "") }
  end
  return { status = "Progressing", message = "The operator has not come to this spec yet." }
end

-- The operator touches nothing then, so whatever the conditions say is old.
if obj.spec ~= nil and obj.spec.suspend == true then
  return {
    status = "Suspended",
    message = "spec.suspend is true: nothing is read or written in AWS. Set it to false to go on.",
  }
end

-- No verdict on this spec yet.
if status.observedGeneration ~= obj.metadata.generation then
  return progressing()
end

if stalled.status == "True" then
  return { status = "Degraded", message = stalled.message }
end

if ready.status == "True" then
  if drifted.status == "True" then
    return { status = "Healthy", message = drifted.message }
  end
  return { status = "Healthy", message = ready.message }
end

return progressing()

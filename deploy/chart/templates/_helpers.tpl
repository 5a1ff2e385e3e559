{{/* The chart's name, as a label. */}}
{{- define "workteam-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end }}

{{/* The name of the objects: the release's, with the chart's unless that is in it already. */}}
{{- define "workteam-operator.fullname" -}}
{{- $name := include "workteam-operator.name" . -}}
{{- $both := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- default $both .Values.fullnameOverride | trunc 46 | trimSuffix "-" -}}
{{- end }}

{{- define "workteam-operator.serviceAccountName" -}}
{{- default (include "workteam-operator.fullname" .) .Values.serviceAccount.name -}}
{{- end }}

{{/* What the pods of this release are found by. */}}
{{- define "workteam-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "workteam-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "workteam-operator.labels" -}}
{{ include "workteam-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Labels of one kind of object, before those of all: takes a list of the root context and of these labels. */}}
{{- define "workteam-operator.labelsWith" -}}
{{- mergeOverwrite (include "workteam-operator.labels" (first .) | fromYaml) (last . | deepCopy) | toYaml -}}
{{- end }}

{{- define "workteam-operator.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end }}

{{/* The subjects of every binding. */}}
{{- define "workteam-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ include "workteam-operator.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* The command line: what the image does by default, and a flag for each value. */}}
{{- define "workteam-operator.args" -}}
- /app/workteam-operator.js
- run
{{- range .Values.namespaces }}
- --namespace={{ . }}
{{- end }}
{{- with .Values.watchLabelSelector }}
{{- if and $.Values.leaderElection.enabled (eq $.Values.leaderElection.id "workteam-operator") }}
{{- fail "watchLabelSelector needs a Lease of its own: set leaderElection.id, to another name for each selector" }}
{{- end }}
- {{ printf "--watch-label-selector=%s" . | quote }}
{{- end }}
{{- with .Values.clusterId }}
- --cluster-id={{ . }}
{{- end }}
{{- with .Values.aws.region }}
- --aws-region={{ . }}
{{- end }}
{{- with .Values.aws.accountId }}
- --aws-account-id={{ . }}
{{- end }}
- --aws-requests-per-second={{ .Values.aws.requestsPerSecond }}
- --aws-burst={{ .Values.aws.burst }}
{{- if .Values.readOnly }}
- --read-only
{{- end }}
{{- if .Values.allowTakeover }}
- --allow-takeover
{{- end }}
{{- range .Values.ignoreTagKeys }}
- {{ printf "--ignore-tag-keys=%s" . | quote }}
{{- end }}
- --resync-interval={{ .Values.resyncInterval }}
- --concurrency={{ .Values.concurrency }}
- --log-level={{ .Values.logLevel }}
- {{ .Values.leaderElection.enabled | ternary "--leader-elect" "--no-leader-elect" }}
- --leader-election-id={{ .Values.leaderElection.id }}
{{- with .Values.leaderElection.namespace }}
- --leader-election-namespace={{ . }}
{{- end }}
- --metrics-bind-address={{ .Values.metrics.enabled | ternary (printf ":%v" .Values.metrics.port) "0" }}
- --health-probe-bind-address=:{{ .Values.health.port }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

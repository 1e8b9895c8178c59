{{/* Names. */}}
{{- define "sluice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "sluice.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "sluice.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "sluice.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "sluice.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "sluice.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Where the Services are whose pods are backends. */}}
{{- define "sluice.discoveryNamespaces" -}}
{{- default (list .Release.Namespace) .Values.discovery.kubernetes.namespaces | toJson }}
{{- end }}

{{- define "sluice.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* What a selector may say: it can never be changed afterwards. */}}
{{- define "sluice.selector" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: proxy
{{- end }}

{{/* Labels of an object. Called with a dict: root, component, and extra ones, which replace none. */}}
{{- define "sluice.labels" -}}
{{- $own := dict
    "helm.sh/chart" (printf "%s-%s" .root.Chart.Name (.root.Chart.Version | replace "+" "_"))
    "app.kubernetes.io/name" (include "sluice.name" .root)
    "app.kubernetes.io/instance" .root.Release.Name
    "app.kubernetes.io/version" .root.Chart.AppVersion
    "app.kubernetes.io/component" .component
    "app.kubernetes.io/managed-by" .root.Release.Service
    "app.kubernetes.io/part-of" "sluice" }}
{{- toYaml (merge $own (default dict .extra) .root.Values.commonLabels) }}
{{- end }}

{{/* Labels of the pods. Without the chart's version: a new chart alone restarts nothing. */}}
{{- define "sluice.podLabels" -}}
{{- $own := include "sluice.selector" . | fromYaml }}
{{- toYaml (merge $own .Values.podLabels .Values.commonLabels) }}
{{- end }}

{{- define "sluice.isDeclarative" -}}
{{- if eq .Values.mode "declarative" }}true{{ end }}
{{- end }}

{{/* Whether there may be more than one pod. */}}
{{- define "sluice.hasReplicas" -}}
{{- if and (eq .Values.mode "declarative") (or .Values.autoscaling.enabled (gt (int .Values.replicaCount) 1)) }}true{{ end }}
{{- end }}

{{- define "sluice.gracePeriod" -}}
{{- $s := .Values.shutdown }}
{{- add (int $s.preStopSeconds) (int $s.lameDuckSeconds) (int $s.graceSeconds) (int $s.closeSeconds) 5 }}
{{- end }}

{{- define "sluice.adminScheme" -}}
{{- if .Values.admin.tlsSecret }}https{{ else }}http{{ end }}
{{- end }}

{{/* Paths of the management plane: its base path without a slash at the end. */}}
{{- define "sluice.adminBase" -}}
{{- if ne .Values.admin.basePath "/" }}{{ .Values.admin.basePath }}{{ end }}
{{- end }}

{{- define "sluice.adminHost" -}}
{{- printf "%s-admin.%s.svc" (include "sluice.fullname" .) .Release.Namespace }}
{{- end }}

{{- define "sluice.tokenSecret" -}}
{{- default .Values.admin.existingSecret .Values.metrics.serviceMonitor.tokenSecret }}
{{- end }}

{{/* A probe of the management plane. Called with a dict: root, group, times. */}}
{{- define "sluice.probe" -}}
httpGet:
  path: {{ include "sluice.adminBase" .root }}/actuator/health/{{ .group }}
  port: admin
  scheme: {{ include "sluice.adminScheme" .root | upper }}
{{ toYaml .times }}
{{- end }}

{{/* PSS "restricted". */}}
{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "sluice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end }}

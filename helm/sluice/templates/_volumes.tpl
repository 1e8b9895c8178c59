{{/* Secrets with certificates: those of listeners and of the configuration, and the management plane's. */}}
{{- define "sluice.tlsSecretNames" -}}
{{- $names := .Values.tlsSecrets }}
{{- range .Values.listeners }}
{{- with .tlsSecret }}
{{- $names = append $names . }}
{{- end }}
{{- end }}
{{- $names | uniq | toJson }}
{{- end }}

{{- define "sluice.tlsMounts" -}}
{{- range include "sluice.tlsSecretNames" . | fromJsonArray }}
- name: tls-{{ . }}
  mountPath: /etc/sluice/tls/{{ . }}
  readOnly: true
{{- end }}
{{- if .Values.admin.tlsSecret }}
- name: admin-tls
  mountPath: /etc/sluice/admin-tls
  readOnly: true
{{- end }}
{{- end }}

{{- define "sluice.tlsVolumes" -}}
{{- range include "sluice.tlsSecretNames" . | fromJsonArray }}
- name: tls-{{ . }}
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- with .Values.admin.tlsSecret }}
- name: admin-tls
  secret:
    secretName: {{ . }}
    defaultMode: 0440
{{- end }}
{{- end }}

{{- define "sluice.scratch" -}}
emptyDir:
  sizeLimit: {{ .Values.scratchSize }}
{{- end }}

{{/* The store's volume of a StatefulSet comes from its claim. */}}
{{- define "sluice.hasClaim" -}}
{{- if and (eq .Values.mode "managed") .Values.persistence.enabled }}true{{ end }}
{{- end }}

{{- define "sluice.volumes" -}}
- name: configuration
  configMap:
    name: {{ include "sluice.fullname" . }}
    defaultMode: 0444
{{- with include "sluice.tlsVolumes" . | trim }}
{{ . }}
{{- end }}
{{- if not (include "sluice.hasClaim" .) }}
- name: data
  {{- include "sluice.scratch" . | nindent 2 }}
{{- end }}
- name: tmp
  {{- include "sluice.scratch" . | nindent 2 }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* The pod of "helm test", which the NetworkPolicy lets in. */}}
{{- define "sluice.testSelector" -}}
app.kubernetes.io/name: {{ include "sluice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: test
{{- end }}

{{/* One command of the image's. Called with a dict: root, args. */}}
{{- define "sluice.testContainer" -}}
{{- $admin := .root.Values.admin -}}
image: {{ include "sluice.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args:
  {{- toYaml .args | nindent 2 }}
securityContext:
  {{- include "sluice.containerSecurity" .root | nindent 2 }}
env:
  - name: SLUICE_URL
    value: {{ printf "%s://%s:%d%s" (include "sluice.adminScheme" .root) (include "sluice.adminHost" .root) (int $admin.port) (include "sluice.adminBase" .root) }}
  {{- if and $admin.tlsSecret $admin.tlsSecretHasCa }}
  - name: SLUICE_CA
    value: /etc/sluice/admin-tls/ca.crt
  {{- end }}
  {{- with $admin.existingSecret }}
  - name: SLUICE_TOKEN
    valueFrom:
      secretKeyRef:
        name: {{ . }}
        key: {{ $admin.tokenKey }}
  {{- end }}
resources:
  {{- toYaml .root.Values.resources | nindent 2 }}
volumeMounts:
  - name: configuration
    mountPath: /etc/sluice/conf
    readOnly: true
  {{- with include "sluice.tlsMounts" .root | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  - name: data
    mountPath: /var/lib/sluice
  - name: tmp
    mountPath: /tmp
{{- end }}

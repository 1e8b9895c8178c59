{{/* The pod of both modes. */}}
{{- define "sluice.pod" -}}
metadata:
  labels:
    {{- include "sluice.podLabels" . | nindent 4 }}
  annotations:
    # Changes when something does that a process reads at its start only. Pools and routes are not in it.
    sluice.io/static-configuration: {{ include "sluice.static" . | sha256sum }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "sluice.serviceAccount" . }}
  automountServiceAccountToken: {{ .Values.discovery.kubernetes.enabled }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ include "sluice.gracePeriod" . }}
  securityContext:
    {{- include "sluice.podSecurity" . | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.initContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: sluice
      {{- include "sluice.container" . | nindent 6 }}
  volumes:
    {{- include "sluice.volumes" . | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if and (include "sluice.isDeclarative" .) .Values.topologySpread.enabled }}
  topologySpreadConstraints:
    {{- range .Values.topologySpread.keys }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "sluice.selector" $ | nindent 10 }}
      # Pods of the version before are on their way out and do not count.
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
{{- end }}

{{- define "sluice.container" -}}
image: {{ include "sluice.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [-c, /etc/sluice/conf/application.yaml]
securityContext:
  {{- include "sluice.containerSecurity" . | nindent 2 }}
env:
  - name: SLUICE_LOG
    value: {{ .Values.logLevel | quote }}
  {{- with .Values.javaOptions }}
  - name: JDK_JAVA_OPTIONS
    value: {{ join " " . | quote }}
  {{- end }}
  {{- with .Values.discovery.kubernetes.zone }}
  - name: SLUICE_ZONE
    value: {{ . | quote }}
  {{- end }}
  {{- with .Values.admin.existingSecret }}
  - name: SLUICE_ADMIN_PASSWORD
    valueFrom:
      secretKeyRef:
        name: {{ . }}
        key: {{ $.Values.admin.passwordKey }}
  - name: SLUICE_ADMIN_TOKEN
    valueFrom:
      secretKeyRef:
        name: {{ . }}
        key: {{ $.Values.admin.tokenKey }}
        optional: true
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  {{- range .Values.listeners }}
  - name: {{ .name }}
    containerPort: {{ .port }}
    protocol: TCP
  {{- end }}
  - name: admin
    containerPort: {{ .Values.admin.port }}
    protocol: TCP
startupProbe:
  {{- include "sluice.probe" (dict "root" . "group" "liveness" "times" .Values.probes.startup) | nindent 2 }}
livenessProbe:
  {{- include "sluice.probe" (dict "root" . "group" "liveness" "times" .Values.probes.liveness) | nindent 2 }}
readinessProbe:
  {{- include "sluice.probe" (dict "root" . "group" "readiness" "times" .Values.probes.readiness) | nindent 2 }}
{{- if .Values.shutdown.preStopSeconds }}
lifecycle:
  preStop:
    # The kubelet's own: it needs no shell in the image.
    sleep:
      seconds: {{ .Values.shutdown.preStopSeconds }}
{{- end }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
volumeMounts:
  # The directory and not the file alone: only so does a changed ConfigMap arrive.
  - name: configuration
    mountPath: /etc/sluice/conf
    readOnly: true
  {{- with include "sluice.tlsMounts" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  - name: data
    mountPath: /var/lib/sluice
  - name: tmp
    mountPath: /tmp
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

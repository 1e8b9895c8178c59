{{/*
What the schema cannot say because it takes two values to be wrong. Each guard is a sentence that
says what is wrong and what to do.
*/}}
{{- define "sluice.guards" -}}
{{- include "sluice.modeGuards" . }}
{{- include "sluice.configGuards" . }}
{{- include "sluice.portGuards" . }}
{{- include "sluice.adminGuards" . }}
{{- include "sluice.metricsGuards" . }}
{{- include "sluice.discoveryGuards" . }}
{{- end }}

{{- define "sluice.discoveryGuards" -}}
{{- $allowed := include "sluice.discoveryNamespaces" . | fromJsonArray }}
{{- range $pool := .Values.config.pools }}
{{- range $backend := default list $pool.backends }}
{{- $address := $backend }}
{{- if kindIs "map" $backend }}
{{- $address = default "" $backend.address }}
{{- end }}
{{- if hasPrefix "kubernetes:" (toString $address) }}
{{- if not $.Values.discovery.kubernetes.enabled }}
{{- fail (printf "config.pools: %s needs discovery.kubernetes.enabled: the API server tells its pods to nobody without a token and a Role" $address) }}
{{- end }}
{{- $namespace := $.Release.Namespace }}
{{- if contains "/" $address }}
{{- $namespace = trimPrefix "kubernetes:" $address | splitList "/" | first }}
{{- end }}
{{- if not (has $namespace $allowed) }}
{{- fail (printf "config.pools: %s is in the namespace %s, which discovery.kubernetes.namespaces must name" $address $namespace) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.modeGuards" -}}
{{- if eq .Values.mode "managed" }}
{{- if ne (int .Values.replicaCount) 1 }}
{{- fail (printf "replicaCount is %d, but with mode managed there is one pod, because its store has one writer; set replicaCount to 1, or mode to declarative" (int .Values.replicaCount)) }}
{{- end }}
{{- if .Values.autoscaling.enabled }}
{{- fail "autoscaling.enabled needs mode declarative: with mode managed there is one pod, because its store has one writer" }}
{{- end }}
{{- else if not .Values.admin.existingSecret }}
{{- fail "mode declarative needs admin.existingSecret: each pod has users of its own and would make up another password; make one by: kubectl create secret generic NAME --from-literal=password=\"$(openssl rand -base64 18)\" --from-literal=token=\"$(openssl rand -hex 32)\"" }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- fail (printf "autoscaling.minReplicas (%d) is more than autoscaling.maxReplicas (%d)" (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- end }}
{{- if and .Values.autoscaling.enabled (not .Values.autoscaling.targetCPU) (not .Values.autoscaling.targetMemory) (not .Values.autoscaling.metrics) }}
{{- fail "autoscaling.enabled needs something to look at: set autoscaling.targetCPU, autoscaling.targetMemory or autoscaling.metrics" }}
{{- end }}
{{- $pdb := .Values.podDisruptionBudget }}
{{- if $pdb.enabled }}
{{- $most := ne (toString $pdb.maxUnavailable) "" }}
{{- $least := ne (toString $pdb.minAvailable) "" }}
{{- if eq $most $least }}
{{- fail "podDisruptionBudget needs exactly one of maxUnavailable and minAvailable; set the other one to an empty text" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.configGuards" -}}
{{- $ours := dict
    "mode" "mode"
    "listeners" "listeners"
    "shutdown" "shutdown"
    "bootstrap" "config.pools and config.routes"
    "upgrade" "nothing: a pod is replaced, not upgraded" }}
{{- range $key, $instead := $ours }}
{{- if hasKey $.Values.config.sluice $key }}
{{- fail (printf "config.sluice.%s is set by the chart; use %s instead" $key $instead) }}
{{- end }}
{{- end }}
{{- $admin := default dict .Values.config.sluice.admin }}
{{- $ours := dict
    "address" "bindAddress and admin.port"
    "base-path" "admin.basePath"
    "allowed-hosts" "admin.allowedHosts"
    "password-file" "admin.existingSecret"
    "token-file" "admin.existingSecret" }}
{{- range $key, $instead := $ours }}
{{- if hasKey $admin $key }}
{{- fail (printf "config.sluice.admin.%s is set by the chart; use %s instead" $key $instead) }}
{{- end }}
{{- end }}
{{- if hasKey (default dict .Values.config.sluice.store) "path" }}
{{- fail "config.sluice.store.path is set by the chart: the store is on its volume" }}
{{- end }}
{{- range $key, $value := .Values.config.top }}
{{- if not (has $key (list "spring" "logging" "management" "server")) }}
{{- fail (printf "config.top.%s: only spring, logging, management and server may stand there" $key) }}
{{- end }}
{{- end }}
{{- range .Values.extraEnv }}
{{- if (has .name (list "SLUICE_ADMIN_PASSWORD" "SLUICE_ADMIN_TOKEN")) }}
{{- fail (printf "extraEnv: %s belongs into a Secret; name it in admin.existingSecret" .name) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.portGuards" -}}
{{- $names := list "admin" }}
{{- $ports := list (int .Values.admin.port) }}
{{- $servicePorts := list }}
{{- range .Values.listeners }}
{{- if has .name $names }}
{{- fail (printf "listeners: the name %s is taken; each listener needs one of its own, and admin is the management plane's" .name) }}
{{- end }}
{{- if has (int .port) $ports }}
{{- fail (printf "listeners: %s has the port %d, which another listener or the management plane has" .name (int .port)) }}
{{- end }}
{{- if has (int .servicePort) $servicePorts }}
{{- fail (printf "listeners: %s has the servicePort %d, which another listener has" .name (int .servicePort)) }}
{{- end }}
{{- if .nodePort }}
{{- if eq $.Values.service.type "ClusterIP" }}
{{- fail (printf "listeners: %s has a nodePort, which needs service.type NodePort or LoadBalancer" .name) }}
{{- end }}
{{- end }}
{{- with .redirectTo }}
{{- $target := . }}
{{- $found := false }}
{{- range $.Values.listeners }}
{{- if and (eq .name $target) (or .tlsSecret .tls) }}
{{- $found = true }}
{{- end }}
{{- end }}
{{- if not $found }}
{{- fail (printf "listeners: redirectTo names %s, which is no listener with a tlsSecret or tls" .) }}
{{- end }}
{{- end }}
{{- if and .redirectTo (or .tlsSecret .tls) }}
{{- fail (printf "listeners: %s has TLS itself and is sent to %s; remove one of both" .name .redirectTo) }}
{{- end }}
{{- $names = append $names .name }}
{{- $ports = append $ports (int .port) }}
{{- $servicePorts = append $servicePorts (int .servicePort) }}
{{- end }}
{{- end }}

{{- define "sluice.adminGuards" -}}
{{- $ingress := .Values.admin.ingress }}
{{- if $ingress.enabled }}
{{- if not $ingress.hosts }}
{{- fail "admin.ingress.enabled needs admin.ingress.hosts: a name that may stand in the address bar" }}
{{- end }}
{{- if not $ingress.tls }}
{{- fail "admin.ingress.enabled needs admin.ingress.tls: passwords and tokens would pass readably" }}
{{- end }}
{{- end }}
{{- $route := .Values.admin.httpRoute }}
{{- if $route.enabled }}
{{- if or (not $route.parentRefs) (not $route.hostnames) }}
{{- fail "admin.httpRoute.enabled needs admin.httpRoute.parentRefs, a Gateway that ends TLS, and admin.httpRoute.hostnames" }}
{{- end }}
{{- end }}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.admins) }}
{{- range $what, $enabled := dict "admin.ingress" $ingress.enabled "admin.httpRoute" $route.enabled "metrics.serviceMonitor" .Values.metrics.serviceMonitor.enabled }}
{{- if $enabled }}
{{- fail (printf "%s.enabled needs networkPolicy.admins to name the pods that then connect to the management plane, or networkPolicy.enabled false" $what) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "sluice.metricsGuards" -}}
{{- if .Values.metrics.serviceMonitor.enabled }}
{{- if not (include "sluice.tokenSecret" .) }}
{{- fail "metrics.serviceMonitor.enabled needs metrics.serviceMonitor.tokenSecret or admin.existingSecret: metrics are given to those with a token only" }}
{{- end }}
{{- end }}
{{- if and .Values.tests.enabled .Values.tests.checks (not .Values.admin.existingSecret) }}
{{- fail "tests.checks needs admin.existingSecret with a token" }}
{{- end }}
{{- end }}

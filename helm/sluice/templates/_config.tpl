{{/* Names that a Host field may have. */}}
{{- define "sluice.allowedHosts" -}}
{{- $service := printf "%s-admin" (include "sluice.fullname" .) }}
{{- $space := printf "%s.%s" $service .Release.Namespace }}
{{- $hosts := list "localhost" $service $space (printf "%s.svc" $space) (printf "%s.svc.%s" $space .Values.clusterDomain) }}
{{- if .Values.admin.ingress.enabled }}
{{- $hosts = concat $hosts .Values.admin.ingress.hosts }}
{{- end }}
{{- if .Values.admin.httpRoute.enabled }}
{{- $hosts = concat $hosts .Values.admin.httpRoute.hostnames }}
{{- end }}
{{- concat $hosts .Values.admin.allowedHosts | uniq | toJson }}
{{- end }}

{{/* TLS of a listener. Called with a dict: root, listener. */}}
{{- define "sluice.listenerTls" -}}
{{- $own := .listener }}
{{- $tls := dict }}
{{- with $own.tlsSecret }}
{{- $files := dict "cert" (printf "/etc/sluice/tls/%s/tls.crt" .) "key" (printf "/etc/sluice/tls/%s/tls.key" .) }}
{{- $tls = set $tls "certificates" (list $files) }}
{{- end }}
{{- $from := list }}
{{- range .root.Values.listeners }}
{{- if eq (default "" .redirectTo) $own.name }}
{{- $from = append $from (printf "%s:%d" $.root.Values.bindAddress (int .port)) }}
{{- end }}
{{- end }}
{{- if $from }}
{{- $tls = merge $tls (dict "redirect-from" $from "redirect-port" (int $own.servicePort)) }}
{{- end }}
{{- toYaml (merge $tls (default dict $own.tls)) }}
{{- end }}

{{/* What a process reads once, at its start. */}}
{{- define "sluice.static" -}}
{{- $listeners := list }}
{{- range .Values.listeners }}
{{- $listener := dict "address" (printf "%s:%d" $.Values.bindAddress (int .port)) }}
{{- with .limits }}
{{- $listener = set $listener "limits" . }}
{{- end }}
{{- if or .tlsSecret .tls }}
{{- $listener = set $listener "tls" (include "sluice.listenerTls" (dict "root" $ "listener" .) | fromYaml) }}
{{- end }}
{{- $listeners = append $listeners $listener }}
{{- end }}
{{- $admin := dict
    "address" (printf "%s:%d" .Values.bindAddress (int .Values.admin.port))
    "base-path" .Values.admin.basePath
    "allowed-hosts" (include "sluice.allowedHosts" . | fromJsonArray) }}
{{- with .Values.config.sluice.admin }}
{{- $admin = merge $admin . }}
{{- end }}
{{- $own := dict
    "mode" .Values.mode
    "listeners" $listeners
    "admin" $admin
    "store" (merge (dict "path" "/var/lib/sluice/sluice.db") (default dict .Values.config.sluice.store))
    "shutdown" (dict
        "lame-duck" (printf "%ds" (int .Values.shutdown.lameDuckSeconds))
        "grace" (printf "%ds" (int .Values.shutdown.graceSeconds))) }}
{{- $sluice := merge $own (omit .Values.config.sluice "admin" "store") }}
{{- $file := dict
    "graceful_shutdown_timeout_seconds" (int .Values.shutdown.closeSeconds)
    "sluice" $sluice }}
{{- if .Values.admin.tlsSecret }}
{{- $keystore := dict "certificate" "/etc/sluice/admin-tls/tls.crt" "private-key" "/etc/sluice/admin-tls/tls.key" }}
{{- $bundle := dict "reload-on-update" true "keystore" $keystore }}
{{- $file = merge $file (dict
    "server" (dict "ssl" (dict "bundle" "admin"))
    "spring" (dict "ssl" (dict "bundle" (dict "pem" (dict "admin" $bundle))))) }}
{{- end }}
{{- toYaml (merge $file .Values.config.top) }}
{{- end }}

{{/* The whole file. */}}
{{- define "sluice.application" -}}
{{- $file := include "sluice.static" . | fromYaml }}
{{- $bootstrap := dict }}
{{- with .Values.config.pools }}
{{- $bootstrap = set $bootstrap "pools" . }}
{{- end }}
{{- with .Values.config.routes }}
{{- $bootstrap = set $bootstrap "routes" . }}
{{- end }}
{{- if $bootstrap }}
{{- $file = set $file "sluice" (set $file.sluice "bootstrap" $bootstrap) }}
{{- end }}
{{- toYaml $file }}
{{- end }}

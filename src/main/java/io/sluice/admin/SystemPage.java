package io.sluice.admin;

import io.sluice.handoff.Lifecycle;
import java.security.KeyStoreException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** The process itself: what it is, where it listens, how it feels, what it logs. */
@Controller
final class SystemPage {
  private static final Logger log = LoggerFactory.getLogger(SystemPage.class);
  private static final String VIEW = "system";

  /** Steps of the lifecycle that are shown. */
  private static final int STEPS = 8;

  private final PageShell shell;
  private final Management management;
  private final ListenerViews listeners;
  private final LoopLag lag;
  private final AdminCertificates certificates;
  private final LogLevels levels;
  private final @Nullable BuildProperties build;

  SystemPage(
      PageShell shell,
      Management management,
      ListenerViews listeners,
      LoopLag lag,
      AdminCertificates certificates,
      LogLevels levels,
      ObjectProvider<BuildProperties> build) {
    this.shell = shell;
    this.management = management;
    this.listeners = listeners;
    this.lag = lag;
    this.certificates = certificates;
    this.levels = levels;
    this.build = build.getIfAvailable();
  }

  @GetMapping("/system")
  Rendering show(ServerWebExchange exchange) {
    return PageShell.page(VIEW, model(exchange));
  }

  @PostMapping("/system/loggers")
  Rendering level(Form form, ServerWebExchange exchange) {
    return shell.tried(
        exchange,
        "level",
        form,
        VIEW,
        () -> model(exchange),
        () -> {
          levels.set(exchange, form.text("logger"), form.text("level"));
          return PageShell.seeOther("/system", Done.LEVEL);
        });
  }

  private Map<String, @Nullable Object> model(ServerWebExchange exchange) {
    Map<String, @Nullable Object> model = shell.of(exchange, "system", "System");
    model.put("program", program());
    model.put("startedAt", management.startedAt());
    model.put("listeners", listeners.all());
    model.put("adminAddress", management.configuration().admin().address().toString());
    model.put("tls", certificates.tls());
    model.put("certificates", certificates());
    model.put("listenerCertificates", management.dataPlane().certificates().status());
    model.put("now", Instant.now());
    model.put("lag", lag.now());
    model.put("memory", Memory.now());
    model.put("status", management.dataPlane().status());
    Lifecycle lifecycle = management.lifecycle();
    List<Lifecycle.Entry> way = lifecycle.way();
    model.put("phase", lifecycle.phase().text());
    model.put("steps", way.subList(Math.max(0, way.size() - STEPS), way.size()).reversed());
    model.put("predecessor", lifecycle.predecessor());
    model.put("levels", levels.all());
    model.put("words", levels.words());
    return model;
  }

  private Map<String, @Nullable Object> program() {
    Map<String, @Nullable Object> program = new LinkedHashMap<>();
    program.put("version", management.version());
    program.put("built", build == null ? null : build.getTime());
    program.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    program.put("pid", ProcessHandle.current().pid());
    program.put("cpus", Runtime.getRuntime().availableProcessors());
    program.put("threads", management.configuration().threads());
    program.put("store", management.configuration().store().path().toString());
    return program;
  }

  private List<AdminCertificates.View> certificates() {
    try {
      return certificates.all();
    } catch (KeyStoreException e) {
      log.warn("the admin address's certificates cannot be shown", e);
      return List.of();
    }
  }
}

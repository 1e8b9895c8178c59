package io.sluice.admin;

import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.reactive.result.view.Rendering;
import org.springframework.web.server.ServerWebExchange;

/** The dashboard's first page. */
@Controller
final class FirstPage {
  private final PageShell shell;

  FirstPage(PageShell shell) {
    this.shell = shell;
  }

  @GetMapping("/")
  Rendering show(ServerWebExchange exchange) {
    return PageShell.page("first", shell.of(exchange, "overview", "Overview"));
  }
}

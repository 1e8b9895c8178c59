package io.sluice.admin;

import io.sluice.config.ListenerSpec;
import io.sluice.control.DataPlane;
import io.sluice.control.DataPlaneStatus.TlsStatus;
import io.sluice.tls.CertificateStatus;
import io.sluice.tls.HandshakeCounts;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Where clients connect, and with which certificates they are met. */
@RestController
@RequestMapping(path = "/api/v1/listeners", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "status")
final class ListenersController {
  private final Changes changes;
  private final List<ListenerSpec> specs;
  private final DataPlane dataPlane;

  ListenersController(Changes changes, Management management) {
    this.changes = changes;
    this.specs = management.configuration().listeners();
    this.dataPlane = management.dataPlane();
  }

  private record Numbered(
      int number, ListenerSpec spec, SocketAddress bound, @Nullable TlsStatus tls) {}

  @GetMapping
  @Operation(
      operationId = "listListeners",
      summary = "Lists listeners with their certificates, in the file's order")
  ResponseEntity<byte[]> list(Call call) {
    List<SocketAddress> bound = dataPlane.addresses();
    List<TlsStatus> secure = new ArrayList<>(dataPlane.status().tls());
    List<Numbered> all = new ArrayList<>();
    for (int i = 0; i < specs.size(); i++) {
      ListenerSpec spec = specs.get(i);
      TlsStatus tls = spec.tls() == null ? null : secure.removeFirst();
      all.add(new Numbered(i, spec, bound.get(i), tls));
    }
    var page = Pages.of(call, all, one -> "%06d".formatted(one.number), one -> true);
    return Answers.page(
        call, page, changes.inForce().revision().number(), ListenersController::view);
  }

  private static Map<String, @Nullable Object> view(Numbered one) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("address", one.spec.address().toString());
    view.put("port", one.bound instanceof InetSocketAddress inet ? inet.getPort() : null);
    view.put("redirectTo", one.spec.redirectTo() == 0 ? null : one.spec.redirectTo());
    view.put("tls", one.tls == null ? null : tls(one.spec, one.tls));
    return view;
  }

  private static Map<String, Object> tls(ListenerSpec spec, TlsStatus status) {
    Map<String, Object> view = new LinkedHashMap<>();
    ListenerSpec.Tls wanted = spec.tls();
    if (wanted != null) {
      view.put("minVersion", wanted.minVersion() == ListenerSpec.Version.TLS_1_3 ? "1.3" : "1.2");
      view.put("clientAuth", Views.word(wanted.clientAuth().mode()));
    }
    HandshakeCounts counts = status.handshakes();
    Map<String, Object> handshakes = new LinkedHashMap<>();
    handshakes.put("full", counts.full());
    handshakes.put("resumed", counts.resumed());
    handshakes.put("failed", counts.failed());
    handshakes.put("timedOut", counts.timedOut());
    view.put("handshakes", handshakes);
    view.put(
        "certificates", status.certificates().stream().map(ListenersController::view).toList());
    return view;
  }

  private static Map<String, @Nullable Object> view(CertificateStatus one) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    view.put("source", one.source());
    view.put("subject", one.subject());
    view.put("issuer", one.issuer());
    view.put("names", one.names());
    view.put("keyType", one.keyType());
    view.put("from", IsoTimes.text(one.from()));
    view.put("until", IsoTimes.text(one.until()));
    view.put("fingerprint", one.fingerprint());
    view.put("loadedAt", IsoTimes.text(one.loadedAt()));
    view.put("replacements", one.replacements());
    view.put("problem", one.problem());
    return view;
  }
}

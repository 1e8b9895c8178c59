package io.sluice.admin;

import io.sluice.config.Snapshot;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import io.sluice.config.SnapshotDocument.Violation;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.InForce;
import io.sluice.control.Reconciler;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The whole wanted world as one document: the batch and the transaction. */
@RestController
@RequestMapping("/api/v1/config")
@Tag(name = "config")
final class ConfigController {
  private final Changes changes;
  private final Reconciler reconciler;

  ConfigController(Changes changes, Management management) {
    this.changes = changes;
    this.reconciler = management.reconciler();
  }

  @GetMapping(produces = {MediaType.APPLICATION_JSON_VALUE, MediaType.APPLICATION_YAML_VALUE})
  @Operation(operationId = "getConfig", summary = "Shows all pools and routes as one document")
  ResponseEntity<byte[]> get(Call call) {
    InForce now = changes.inForce();
    return read(call, now.snapshot());
  }

  @PutMapping(produces = {MediaType.APPLICATION_JSON_VALUE, MediaType.APPLICATION_YAML_VALUE})
  @Operation(
      operationId = "putConfig",
      summary = "Replaces all pools and routes by one document, all or nothing")
  ResponseEntity<byte[]> put(Call call) {
    List<String> ifMatch = call.field(HttpHeaders.IF_MATCH);
    if (ifMatch == null) {
      throw Refusals.preconditionRequired(false);
    }
    Snapshot wanted;
    try {
      wanted = body(call);
    } catch (InvalidException e) {
      throw Refusals.invalid(e);
    }
    ConfigChange.Edit edit =
        inForce -> {
          String current = etag(inForce.snapshot());
          if (!Etags.matches(ifMatch, current) && !Etags.matches(ifMatch, ofYaml(current))) {
            throw ChangeException.of(
                ChangeException.Kind.STALE,
                "stale",
                "the configuration has changed since it was read; read it again");
          }
          return wanted;
        };
    try {
      return changes.run(call, edit, outcome -> answer(call, outcome.now().snapshot()));
    } catch (ChangeException e) {
      throw e.kind() == ChangeException.Kind.STALE ? stale(e) : Problems.ofChange(e);
    }
  }

  @PostMapping(path = "/validate", produces = MediaType.APPLICATION_JSON_VALUE)
  @Operation(
      operationId = "validateConfig",
      summary = "Says what is wrong with a document and what it would do; changes nothing")
  ResponseEntity<byte[]> validate(Call call) {
    Map<String, @Nullable Object> view = new LinkedHashMap<>();
    try {
      Snapshot wanted = body(call);
      ConfigChange change = new ConfigChange(inForce -> wanted, call.change(), true);
      Object impact = Views.impact(Changes.await(reconciler.preview(change)));
      view.put("valid", true);
      view.put("problems", List.of());
      view.put("impact", impact);
    } catch (InvalidException e) {
      problems(view, e.violations());
    } catch (ChangeException e) {
      if (e.kind() != ChangeException.Kind.INVALID) {
        throw Problems.ofChange(e);
      }
      problems(view, e.violations());
    }
    return Answers.ok(view);
  }

  private static void problems(Map<String, @Nullable Object> view, List<Violation> violations) {
    view.put("valid", false);
    view.put("problems", violations);
    view.put("impact", null);
  }

  private ProblemException stale(ChangeException e) {
    InForce now = changes.inForce();
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("current", SnapshotDocument.write(now.snapshot()));
    members.put("currentEtag", etag(now.snapshot()));
    members.put("changedBy", Views.changedBy(now.revision()));
    return Refusals.stale(String.valueOf(e.getMessage()), members);
  }

  private static Snapshot body(Call call) throws InvalidException {
    call.requireType(MediaType.APPLICATION_JSON, Call.YAML);
    if (!call.isYaml()) {
      return SnapshotDocument.snapshot(call.json());
    }
    try {
      return SnapshotDocument.fromYaml(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(call.body())).toString());
    } catch (CharacterCodingException e) {
      throw Refusals.of(400, "syntax", "The body is not UTF-8 text.");
    }
  }

  /** The tag that a write needs to change just this. */
  static String etag(InForce now) {
    return etag(now.snapshot());
  }

  private static String etag(Snapshot snapshot) {
    return Etags.of(SnapshotDocument.write(snapshot));
  }

  /** The same state in another form: a strong tag must tell them apart. */
  private static String ofYaml(String etag) {
    return etag.substring(0, etag.length() - 1) + "-yaml\"";
  }

  private static ResponseEntity<byte[]> read(Call call, Snapshot snapshot) {
    String json = etag(snapshot);
    String etag = wantsYaml(call) ? ofYaml(json) : json;
    return Etags.hasIt(call.field(HttpHeaders.IF_NONE_MATCH), etag)
        ? Answers.notModified(etag)
        : answer(call, snapshot);
  }

  private static ResponseEntity<byte[]> answer(Call call, Snapshot snapshot) {
    if (!wantsYaml(call)) {
      return Answers.tagged(200, etag(snapshot), SnapshotDocument.write(snapshot));
    }
    return ResponseEntity.ok()
        .eTag(ofYaml(etag(snapshot)))
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .header(HttpHeaders.VARY, HttpHeaders.ACCEPT)
        .contentType(Call.YAML)
        .body(SnapshotDocument.toYaml(snapshot).getBytes(StandardCharsets.UTF_8));
  }

  /** Whether YAML stands before JSON in Accept. */
  private static boolean wantsYaml(Call call) {
    for (MediaType wanted : call.headers().getAccept()) {
      if (wanted.includes(MediaType.APPLICATION_JSON)) {
        return false;
      }
      if (wanted.includes(Call.YAML)) {
        return true;
      }
    }
    return false;
  }
}

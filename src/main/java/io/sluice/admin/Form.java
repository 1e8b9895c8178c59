package io.sluice.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.reactive.BindingContext;
import org.springframework.web.reactive.result.method.HandlerMethodArgumentResolver;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * What a page's form has sent. A controller's parameter of this type gets it; it is read once for a
 * call, by whoever asks first, within what {@link BodyLimit} allows. Spring's own reading of forms
 * would begin before that limit.
 */
final class Form {
  /** The session's token, in every form that writes. */
  static final String CSRF = "_csrf";

  private static final String ATTRIBUTE = Form.class.getName();
  private static final int MOST_FIELDS = 2000;

  private final Map<String, List<String>> fields;

  private Form(Map<String, List<String>> fields) {
    this.fields = fields;
  }

  /** Whether a call brings a form. */
  static boolean isForm(ServerHttpRequest request) {
    try {
      MediaType type = request.getHeaders().getContentType();
      return type != null && type.equalsTypeAndSubtype(MediaType.APPLICATION_FORM_URLENCODED);
    } catch (InvalidMediaTypeException e) {
      return false;
    }
  }

  /** A call's form; ends with 415 without one, with 400 when it cannot be read. */
  static Mono<Form> of(ServerWebExchange exchange) {
    Form known = exchange.getAttribute(ATTRIBUTE);
    if (known != null) {
      return Mono.just(known);
    }
    if (!isForm(exchange.getRequest())) {
      return Mono.error(
          Refusals.of(
              415,
              "unsupported-media-type",
              "This page takes a form; programs call the API below /api/v1 instead."));
    }
    return DataBufferUtils.join(exchange.getRequest().getBody())
        .map(Form::text)
        .defaultIfEmpty("")
        .map(text -> new Form(parse(text)))
        .doOnNext(form -> exchange.getAttributes().put(ATTRIBUTE, form));
  }

  private static String text(DataBuffer buffer) {
    String text = buffer.toString(StandardCharsets.UTF_8);
    DataBufferUtils.release(buffer);
    return text;
  }

  private static Map<String, List<String>> parse(String text) {
    Map<String, List<String>> fields = new LinkedHashMap<>();
    String[] pairs = text.split("&", -1);
    if (pairs.length > MOST_FIELDS) {
      throw Refusals.of(400, "bad-request", "The form has too many fields.");
    }
    for (String pair : pairs) {
      if (!pair.isEmpty()) {
        int end = pair.indexOf('=');
        String name = decoded(end < 0 ? pair : pair.substring(0, end));
        String value = end < 0 ? "" : decoded(pair.substring(end + 1));
        fields.computeIfAbsent(name, n -> new ArrayList<>()).add(value.replace("\r\n", "\n"));
      }
    }
    return fields;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw Refusals.of(400, "bad-request", "The form holds a malformed escape.");
    }
  }

  /** A field's text without blanks around it; empty: not filled in, or not there. */
  String text(String name) {
    return raw(name).strip();
  }

  /** The same; null instead of empty. */
  @Nullable String textOrNull(String name) {
    String text = text(name);
    return text.isEmpty() ? null : text;
  }

  /** A field as it is, for passwords and documents; line ends are {@code \n}. */
  String raw(String name) {
    List<String> values = fields.get(name);
    return values == null ? "" : values.getFirst();
  }

  /** All values of a field that may be repeated. */
  List<String> all(String name) {
    return fields.getOrDefault(name, List.of());
  }

  /** Whether a box is ticked. */
  boolean flag(String name) {
    String text = text(name);
    return text.equals("true") || text.equals("on");
  }

  /** The first value of each field, to fill the form in again; secrets are left out. */
  Map<String, String> values() {
    Map<String, String> values = new LinkedHashMap<>();
    fields.forEach(
        (name, all) -> {
          if (!name.equals(CSRF) && !name.contains("assword")) {
            values.put(name, all.getFirst());
          }
        });
    return values;
  }

  /** Gives controllers a call's form. */
  static final class Resolver implements HandlerMethodArgumentResolver {
    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      return parameter.getParameterType() == Form.class;
    }

    @Override
    public Mono<Object> resolveArgument(
        MethodParameter parameter, BindingContext context, ServerWebExchange exchange) {
      return Form.of(exchange).cast(Object.class);
    }
  }
}

package io.sluice.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.IllegalReferenceCountException;
import io.sluice.config.ListenerSpec;
import io.sluice.config.ListenerSpec.Tls;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of one listener. What is in force is published as a whole and read once for each
 * handshake; connections keep what they began with. All that can fail happens before.
 */
public final class ListenerTls {
  private static final Logger LOG = LoggerFactory.getLogger("io.sluice.tls");

  private final String listener;
  private final Tls spec;
  private final List<String> protocols;
  private final TicketKeys tickets;
  private final List<CertificateSource> sources;

  /** Guarded by the keeper. */
  private ClientTrust trust;

  private @Nullable String trustDoubt;
  private @Nullable String trustProblem;

  /** Written by the certificates' thread; read with each handshake. */
  private volatile NameTable<ShownCertificate> table;

  private ListenerTls(
      String listener,
      Tls spec,
      List<String> protocols,
      TicketKeys tickets,
      ClientTrust trust,
      List<CertificateSource> sources) {
    this.listener = listener;
    this.spec = spec;
    this.protocols = protocols;
    this.tickets = tickets;
    this.trust = trust;
    this.sources = sources;
    this.table = tableNow();
  }

  /**
   * Loads everything.
   *
   * @param protocols offered by ALPN, the most wanted first
   * @throws TlsMaterialException when something cannot be used
   */
  static ListenerTls open(
      ListenerSpec listener,
      List<String> protocols,
      TicketKeys tickets,
      Bundles bundles,
      Instant now)
      throws TlsMaterialException {
    Tls spec = Objects.requireNonNull(listener.tls(), "a listener with TLS");
    if (!OpenSsl.isAvailable()) {
      throw new TlsMaterialException("tls", noLibrary());
    }
    ClientTrust trust = ClientTrust.of(spec.clientAuth(), ClientTrust.read(spec.clientAuth()));
    List<CertificateSource> sources = new ArrayList<>();
    try {
      for (ListenerSpec.Certificate certificate : spec.certificates()) {
        CertificateSource source =
            new CertificateSource(listener.address().toString(), certificate, bundles);
        source.begin(found -> make(found, spec, trust, protocols, tickets), now);
        sources.add(source);
      }
    } catch (TlsMaterialException e) {
      sources.forEach(source -> source.shown().release());
      throw e;
    }
    return new ListenerTls(listener.address().toString(), spec, protocols, tickets, trust, sources);
  }

  private static ShownCertificate make(
      ServerCertificate certificate,
      Tls spec,
      ClientTrust trust,
      List<String> protocols,
      TicketKeys tickets)
      throws TlsMaterialException {
    requireCipher(certificate, spec);
    try {
      ShownCertificate made = ShownCertificate.of(certificate, spec, trust, protocols);
      if (spec.tickets()) {
        made.ticketKeys(tickets.derive(trust.digest()));
      }
      return made;
    } catch (SSLException | IllegalArgumentException e) {
      throw new TlsMaterialException(
          "cert",
          "the TLS library refuses the certificate of "
              + certificate.leaf().getSubjectX500Principal().getName()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** Why nothing can be served by TLS at all. */
  static String noLibrary() {
    return "the TLS library cannot be loaded on this system: "
        + OpenSsl.unavailabilityCause().getMessage();
  }

  /**
   * Without one nobody could shake hands, by TLS 1.3 neither.
   *
   * @throws TlsMaterialException when there is none for the certificate's kind of key
   */
  static void requireCipher(ServerCertificate certificate, Tls spec) throws TlsMaterialException {
    boolean ecdsa = certificate.curveBits() != 0;
    if (spec.ciphers().stream().noneMatch(cipher -> cipher.contains("_ECDSA_") == ecdsa)) {
      throw new TlsMaterialException(
          "ciphers",
          "none of the ciphers goes with the certificate of "
              + certificate.leaf().getSubjectX500Principal().getName()
              + ", whose key is for "
              + (ecdsa ? "ECDSA" : "RSA")
              + "; add one of its kind");
    }
  }

  private ShownCertificate make(ServerCertificate certificate) throws TlsMaterialException {
    return make(certificate, spec, trust, protocols, tickets);
  }

  private NameTable<ShownCertificate> tableNow() {
    List<ShownCertificate> shown = sources.stream().map(CertificateSource::shown).toList();
    return new NameTable<>(shown.stream().map(ShownCertificate::certificate).toList(), shown);
  }

  /** The settings. */
  public Tls spec() {
    return spec;
  }

  /** Whether clients are asked for certificates. */
  public boolean asksClients() {
    return spec.clientAuth().mode() != ListenerSpec.ClientAuth.Mode.NONE;
  }

  /** A handler with the certificate that is for this client; callable from any thread. */
  public SslHandler newHandler(ClientHello hello, ByteBufAllocator alloc) {
    while (true) {
      NameTable<ShownCertificate> current = table;
      try {
        return current.choose(hello).newHandler(alloc);
      } catch (IllegalReferenceCountException e) {
        if (current == table) {
          throw e;
        }
        // it was replaced this very moment: the next one is there
      }
    }
  }

  // ---------------------------------------------------------------- for the keeper

  /** Looks whether files have changed; see {@link CertificateSource#refresh}. */
  void refresh(Instant now, boolean patient) {
    List<ShownCertificate> before = new ArrayList<>();
    if (!refreshTrust(patient, before)) {
      for (CertificateSource source : sources) {
        ShownCertificate replaced = source.refresh(this::make, now, patient);
        if (replaced != null) {
          before.add(replaced);
        }
      }
    }
    if (!before.isEmpty()) {
      table = tableNow();
      before.forEach(ShownCertificate::release);
    }
  }

  /** Looks after authorities and revocations; when they have changed everything is made anew. */
  private boolean refreshTrust(boolean patient, List<ShownCertificate> before) {
    if (spec.clientAuth().ca() == null) {
      return false;
    }
    try {
      ClientTrust.Raw raw = ClientTrust.read(spec.clientAuth());
      if (Arrays.equals(raw.digest(), trust.digest())) {
        trustDoubt = null;
        trustProblem = null;
        return false;
      }
      ClientTrust found = ClientTrust.of(spec.clientAuth(), raw);
      before.addAll(remake(found));
      trust = found;
      trustDoubt = null;
      trustProblem = null;
      LOG.info("listener {}: the authorities of client certificates were replaced", listener);
      return true;
    } catch (TlsMaterialException e) {
      boolean first = !e.sentence().equals(trustDoubt);
      trustDoubt = e.sentence();
      if (!(patient && first) && !e.sentence().equals(trustProblem)) {
        trustProblem = e.sentence();
        LOG.error("listener {}: {}; what was read before stays in force", listener, trustProblem);
      }
      return false;
    }
  }

  /** Makes all contexts anew or, when one cannot be made, none. */
  private List<ShownCertificate> remake(ClientTrust found) throws TlsMaterialException {
    List<ShownCertificate> made = new ArrayList<>();
    try {
      for (CertificateSource source : sources) {
        made.add(make(source.shown().certificate(), spec, found, protocols, tickets));
      }
    } catch (TlsMaterialException e) {
      made.forEach(ShownCertificate::release);
      throw e;
    }
    List<ShownCertificate> before = new ArrayList<>();
    for (int i = 0; i < made.size(); i++) {
      before.add(sources.get(i).remade(made.get(i)));
    }
    return before;
  }

  /** Tickets are made with the newest keys from now on. */
  void renewTickets() {
    if (spec.tickets()) {
      sources.forEach(source -> source.shown().ticketKeys(tickets.derive(trust.digest())));
    }
  }

  /** What may come true without anybody touching a file; a sentence for each. */
  List<String> warnings(Instant now) {
    List<String> warnings = new ArrayList<>();
    for (CertificateSource source : sources) {
      String wrong = source.shown().certificate().outOfDate(now);
      if (!wrong.isEmpty()) {
        warnings.add("the certificate in " + source.label() + " " + wrong);
      }
    }
    String lists = trust.outOfDate(now);
    if (!lists.isEmpty()) {
      warnings.add(spec.clientAuth().crl() + " " + lists);
    }
    return warnings;
  }

  List<CertificateStatus> status() {
    return sources.stream().map(this::status).toList();
  }

  private CertificateStatus status(CertificateSource source) {
    ShownCertificate shown = source.shown();
    ServerCertificate certificate = shown.certificate();
    return new CertificateStatus(
        listener,
        source.label(),
        certificate.leaf().getSubjectX500Principal().getName(),
        certificate.leaf().getIssuerX500Principal().getName(),
        certificate.names(),
        certificate.curveBits() == 0 ? "RSA" : "ECDSA",
        certificate.leaf().getNotBefore().toInstant(),
        certificate.until(),
        shown.fingerprint(),
        source.loadedAt(),
        source.replacements(),
        source.problem() == null ? trustProblem : source.problem());
  }

  /** The listener has ended; connections keep what they have. */
  void close() {
    sources.forEach(source -> source.shown().release());
  }
}

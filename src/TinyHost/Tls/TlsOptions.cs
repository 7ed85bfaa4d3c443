// Owns: the TLS settings of a prefix.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>
/// The TLS settings of an <c>https</c> prefix: certificates, versions, client certificates. They are read when the server starts; the files
/// they name are read again when they change. A setting that cannot be used fails the start with <see cref="ServerStartException"/>.
/// </summary>
public sealed class TlsOptions
{
    /// <summary>
    /// The certificates; at least one. With several, the client's server name (SNI, RFC 6066 §3) chooses: first a certificate with that
    /// name, then one with a wildcard for it, otherwise the first of the list.
    /// </summary>
    public IList<TlsCertificate> Certificates { get; } = [];

    /// <summary>The oldest version served: <see cref="SslProtocols.Tls12"/>, the default, or <see cref="SslProtocols.Tls13"/>.</summary>
    public SslProtocols MinVersion { get; set; } = SslProtocols.Tls12;

    /// <summary>The newest version served: <see cref="SslProtocols.Tls12"/> or <see cref="SslProtocols.Tls13"/>, the default.</summary>
    public SslProtocols MaxVersion { get; set; } = SslProtocols.Tls13;

    /// <summary>
    /// The cipher suites allowed. Default empty: those of .NET and of the system. Windows has no setting for one program, so a list fails
    /// the start there.
    /// </summary>
    public IList<TlsCipherSuite> CipherSuites { get; } = [];

    /// <summary>Whether clients must show a certificate. Default <see cref="ClientCertificates.None"/>.</summary>
    public ClientCertificates ClientCertificates { get; set; }

    /// <summary>
    /// A PEM file with the authorities that client certificates must come from. Default null: with an empty
    /// <see cref="ClientAuthorities"/>, those that the system trusts. A file of one's own is strongly advised, because a public authority
    /// certifies anyone.
    /// </summary>
    public string? ClientAuthorityPath { get; set; }

    /// <summary>Authorities as objects, in addition to those of <see cref="ClientAuthorityPath"/>. Default empty.</summary>
    public IList<X509Certificate2> ClientAuthorities { get; } = [];

    /// <summary>
    /// Subject alternative names (RFC 5280 §4.2.1.6) of which a client certificate must have one: DNS names, e-mail addresses, IP addresses
    /// or URIs, compared whole. Default empty: any name.
    /// </summary>
    public IList<string> ClientNames { get; } = [];

    /// <summary>
    /// The last word on a client certificate. Gets the certificate and what is wrong with it (its chain or its names), and returns whether
    /// the client may connect. Runs in each handshake, on a thread that it must not block. Default null: a certificate without faults is
    /// accepted.
    /// </summary>
    public Func<X509Certificate2, SslPolicyErrors, bool>? AcceptClient { get; set; }

    /// <summary>A copy, whose paths start from <paramref name="root"/> if they are relative; null for the current directory.</summary>
    internal TlsOptions Copy(string? root)
    {
        var copy = new TlsOptions
        {
            MinVersion = MinVersion,
            MaxVersion = MaxVersion,
            ClientCertificates = ClientCertificates,
            ClientAuthorityPath = TlsCertificate.FullPath(ClientAuthorityPath, root),
            AcceptClient = AcceptClient,
        };
        AddAll(copy.Certificates, Certificates.Select(certificate => certificate.Copy(root)));
        AddAll(copy.CipherSuites, CipherSuites);
        AddAll(copy.ClientAuthorities, ClientAuthorities);
        AddAll(copy.ClientNames, ClientNames);
        return copy;
    }

    /// <summary>Whether connections are treated alike with the other settings.</summary>
    internal bool IsSameAs(TlsOptions other) =>
        MinVersion == other.MinVersion
        && MaxVersion == other.MaxVersion
        && ClientCertificates == other.ClientCertificates
        && ClientAuthorityPath == other.ClientAuthorityPath
        && AcceptClient == other.AcceptClient
        && Certificates.Count == other.Certificates.Count
        && Certificates.Zip(other.Certificates).All(pair => pair.First.IsSameAs(pair.Second))
        && CipherSuites.SequenceEqual(other.CipherSuites)
        && ClientAuthorities.SequenceEqual(other.ClientAuthorities)
        && ClientNames.SequenceEqual(other.ClientNames);

    private static void AddAll<T>(IList<T> list, IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            list.Add(item);
        }
    }
}

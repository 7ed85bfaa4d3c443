// Owns: the TLS settings of a prefix as they were last loaded, ready for handshakes.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>
/// Immutable: a reload makes another. The options of a certificate are the same object in each handshake, because the system keeps its
/// sessions with them.
/// </summary>
internal sealed class TlsSettings
{
    private readonly ServerNameTable<SslServerAuthenticationOptions> _names;

    private TlsSettings(
        IReadOnlyList<LoadedCertificate> certificates,
        SslProtocols versions,
        ClientCheck? clients,
        ServerNameTable<SslServerAuthenticationOptions> names)
    {
        Certificates = certificates;
        Versions = versions;
        Clients = clients;
        _names = names;
    }

    internal IReadOnlyList<LoadedCertificate> Certificates { get; }

    /// <summary>The versions served.</summary>
    internal SslProtocols Versions { get; }

    /// <summary>Null if clients show no certificates.</summary>
    internal ClientCheck? Clients { get; }

    /// <summary>Reads every file. Validates the options.</summary>
    /// <exception cref="TlsFault">The options or a file cannot be used.</exception>
    internal static TlsSettings Load(TlsOptions options)
    {
        var versions = VersionsOf(options);
        if (options.Certificates.Count == 0)
        {
            throw new TlsFault("it has no certificate; set Certificate to a PEM or PFX file, and Key to the key's file");
        }

        var clients = ClientCheck.Create(options);
        var certificates = new List<LoadedCertificate>();
        ServerNameTable<SslServerAuthenticationOptions>? names = null;
        foreach (var source in options.Certificates)
        {
            var (loaded, authentication) = Load(options, source, versions, clients);
            certificates.Add(loaded);
            names ??= new(authentication);
            foreach (var name in loaded.Names)
            {
                names.Add(name, authentication);
            }
        }

        return new TlsSettings(certificates, versions, clients, names!);
    }

    /// <summary>The files that the options name.</summary>
    internal static IReadOnlyList<string> FilesOf(TlsOptions options)
    {
        string?[] files =
        [
            .. options.Certificates.SelectMany(certificate => (string?[])[certificate.Path, certificate.KeyPath]),
            options.ClientAuthorityPath,
        ];
        return [.. files.OfType<string>().Distinct()];
    }

    /// <param name="serverName">What the client sent; null or empty for nothing.</param>
    internal SslServerAuthenticationOptions Find(string? serverName) => _names.Find(serverName);

    private static (LoadedCertificate Loaded, SslServerAuthenticationOptions Options) Load(
        TlsOptions options, TlsCertificate source, SslProtocols versions, ClientCheck? clients)
    {
        try
        {
            var loaded = CertificateLoading.Load(source);
            return (loaded, AuthenticationOptions(options, loaded, versions, clients));
        }
        catch (CryptographicException e)
        {
            throw new TlsFault($"a certificate cannot be used: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static SslProtocols VersionsOf(TlsOptions options)
    {
        const SslProtocols Known = SslProtocols.Tls12 | SslProtocols.Tls13;
        foreach (var version in (SslProtocols[])[options.MinVersion, options.MaxVersion])
        {
            if (version is not (SslProtocols.Tls12 or SslProtocols.Tls13))
            {
                throw new TlsFault($"the version {version} is not served; MinVersion and MaxVersion must be Tls12 or Tls13");
            }
        }

        return options.MinVersion == options.MaxVersion ? options.MinVersion
            : options.MinVersion == SslProtocols.Tls12 ? Known
            : throw new TlsFault("MinVersion is newer than MaxVersion");
    }

    private static SslServerAuthenticationOptions AuthenticationOptions(
        TlsOptions options, LoadedCertificate certificate, SslProtocols versions, ClientCheck? clients)
    {
        // Clients choose a certificate by the authorities that the server names. Other systems take them from a store only.
        var trust = clients is { Authorities.Count: > 0 } && OperatingSystem.IsLinux()
            ? SslCertificateTrust.CreateForX509Collection(clients.Authorities, sendTrustInHandshake: true)
            : null;
        var authentication = new SslServerAuthenticationOptions
        {
            // Offline: a handshake asks the network for neither certificates nor their status.
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate.Leaf, certificate.Chain, offline: true, trust),
            EnabledSslProtocols = versions,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            AllowRenegotiation = false,
            CipherSuitesPolicy = Policy(options),
        };
        if (clients is not null)
        {
            authentication.ClientCertificateRequired = true;
            authentication.CertificateChainPolicy = clients.ChainPolicy();
            authentication.RemoteCertificateValidationCallback = (stream, shown, _, errors) =>
            {
                var isAccepted = clients.Accepts((X509Certificate2?)shown, errors & ~SslPolicyErrors.RemoteCertificateNotAvailable);
                ((ServerTlsStream)stream).RefusedClient = isAccepted ? null : shown is null ? "missing" : "refused";
                return isAccepted;
            };
        }

        return authentication;
    }

    private static CipherSuitesPolicy? Policy(TlsOptions options)
    {
        if (options.CipherSuites.Count == 0)
        {
            return null;
        }

        if (OperatingSystem.IsWindows())
        {
            throw new TlsFault("CipherSuites cannot be set on Windows, which has one list for all programs");
        }

        return new CipherSuitesPolicy(options.CipherSuites);
    }
}

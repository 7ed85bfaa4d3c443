// Owns: what tls_server_config means for the TLS of a prefix.

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost.WebConfig;

internal static class TlsMapping
{
    private static readonly Func<X509Certificate2, SslPolicyErrors, bool> s_any = static (_, _) => true;
    private static readonly Func<X509Certificate2, SslPolicyErrors, bool> s_none = static (_, _) => false;

    // The chain does not count, the names do.
    private static readonly Func<X509Certificate2, SslPolicyErrors, bool> s_anyChain =
        static (_, errors) => !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);

    /// <summary>Throws <see cref="FormatException"/> for PEM text that cannot be used; files are read when the server loads them.</summary>
    internal static TlsOptions OptionsOf(TlsSection section)
    {
        var options = new TlsOptions
        {
            MinVersion = VersionOf(section.MinVersion),
            MaxVersion = VersionOf(section.MaxVersion),
            ClientCertificates = section.RequiresCertificates ? ClientCertificates.Required
                : section.ClientAuthType is "RequestClientCert" or "VerifyClientCertIfGiven" ? ClientCertificates.Optional
                : ClientCertificates.None,
            ClientAuthorityPath = section.ClientAuthorityPath == "" ? null : section.ClientAuthorityPath,
            AcceptClient = section.ClientNames is { Count: 0 } ? s_none
                : section.VerifiesCertificates ? null
                : section.RequiresCertificates ? s_anyChain
                : section.ClientAuthType == "RequestClientCert" ? s_any
                : null,
        };
        options.Certificates.Add(CertificateOf(section));
        AddAll(options.CipherSuites, section.CipherSuites.Count == 0 ? [] : section.CipherSuites.Union(GoCipherSuites.Tls13));
        AddAll(options.ClientNames, section.ClientNames ?? []);
        if (section.ClientAuthorityPath == "" && section.ClientAuthorities != "")
        {
            AddAll(options.ClientAuthorities, CertificatesIn(section.ClientAuthorities, "client_ca"));
        }

        return options;
    }

    private static void AddAll<T>(IList<T> list, IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            list.Add(item);
        }
    }

#pragma warning disable CA5398 // The file says which versions.
    private static SslProtocols VersionOf(GoTlsVersion version) =>
        version == GoTlsVersion.TLS12 ? SslProtocols.Tls12 : SslProtocols.Tls13;
#pragma warning restore CA5398

    private static TlsCertificate CertificateOf(TlsSection section)
    {
        var (isText, isKeyText) = (section.CertificatePath == "", section.KeyPath == "");
        if (isText)
        {
            CertificatesIn(section.Certificate, "cert");
        }

        if (isText && isKeyText)
        {
            CheckPair(section);
        }

        return new TlsCertificate
        {
            Path = isText ? null : section.CertificatePath,
            Pem = isText ? section.Certificate : null,
            KeyPath = isKeyText ? null : section.KeyPath,
            KeyPem = isKeyText ? section.Key : null,
        };
    }

    private static void CheckPair(TlsSection section)
    {
        try
        {
            X509Certificate2.CreateFromPem(section.Certificate, section.Key).Dispose();
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new FormatException($"key and cert do not belong together, or key has no private key: {fault.Message}");
        }
    }

    private static X509Certificate2Collection CertificatesIn(string text, string key)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException fault)
        {
            throw new FormatException($"a certificate in {key} is broken: {fault.Message}");
        }

        return found.Count > 0 ? found : throw new FormatException($"{key} has no certificate (-----BEGIN CERTIFICATE-----).");
    }
}

// Owns: deciding whether a client's certificate is accepted.

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>The rules of one prefix. The chain has been built when <see cref="Accepts"/> is called.</summary>
internal sealed class ClientCheck
{
    private readonly ClientCertificates _mode;
    private readonly string[] _names;
    private readonly Func<X509Certificate2, SslPolicyErrors, bool>? _accept;

    private ClientCheck(TlsOptions options, X509Certificate2Collection authorities)
    {
        _mode = options.ClientCertificates;
        _names = [.. options.ClientNames];
        _accept = options.AcceptClient;
        Authorities = authorities;
    }

    /// <summary>The authorities that clients' certificates must come from; empty for those the system trusts.</summary>
    internal X509Certificate2Collection Authorities { get; }

    /// <summary>Null if clients show no certificates.</summary>
    /// <exception cref="TlsFault">The settings contradict each other, or the file of authorities cannot be used.</exception>
    internal static ClientCheck? Create(TlsOptions options)
    {
        if (options.ClientCertificates == ClientCertificates.None)
        {
            return options.ClientAuthorityPath is null && options.ClientAuthorities.Count == 0 && options.ClientNames.Count == 0
                && options.AcceptClient is null
                    ? null
                    : throw new TlsFault(
                        "rules for client certificates have no effect while ClientCertificates is None; set it to Required");
        }

        X509Certificate2Collection authorities = [.. options.ClientAuthorities];
        if (options.ClientAuthorityPath is { } path)
        {
            var file = PemFile.Read(path, "the file of client authorities");
            var found = file.Certificates();
            authorities.AddRange(found.Count > 0
                ? found
                : throw new TlsFault($"the file of client authorities '{path}' contains no certificate (-----BEGIN CERTIFICATE-----)"));
        }

        return new ClientCheck(options, authorities);
    }

    /// <summary>How chains of clients' certificates are built: without asking the network for anything.</summary>
    internal X509ChainPolicy ChainPolicy()
    {
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        if (Authorities.Count > 0)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Authorities);
        }

        return policy;
    }

    /// <summary>Whether the client may connect.</summary>
    /// <param name="certificate">Its certificate; null without one.</param>
    /// <param name="errors">What is wrong with it so far.</param>
    internal bool Accepts(X509Certificate2? certificate, SslPolicyErrors errors)
    {
        if (certificate is null)
        {
            return _mode == ClientCertificates.Optional;
        }

        if (_names.Length > 0)
        {
            var names = AlternativeNames.Of(certificate);
            if (!Array.Exists(_names, names.Has))
            {
                errors |= SslPolicyErrors.RemoteCertificateNameMismatch;
            }
        }

        return _accept?.Invoke(certificate, errors) ?? errors == SslPolicyErrors.None;
    }
}

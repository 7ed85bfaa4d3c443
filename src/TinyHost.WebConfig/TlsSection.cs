// Owns: the section tls_server_config: its keys, and what contradicts what.

namespace TinyHost.WebConfig;

internal sealed class TlsSection(string folder)
{
    private static readonly Dictionary<string, Action<WebConfigSection, TlsSection>> s_keys = new(StringComparer.Ordinal)
    {
        ["cert"] = (value, tls) => tls.Certificate = value.Text(),
        ["key"] = (value, tls) => tls.Key = value.Text(),
        ["client_ca"] = (value, tls) => tls.ClientAuthorities = value.Text(),
        ["cert_file"] = (value, tls) => tls.CertificatePath = tls.PathOf(value),
        ["key_file"] = (value, tls) => tls.KeyPath = tls.PathOf(value),
        ["client_auth_type"] = (value, tls) => tls.ClientAuthType = value.Text(),
        ["client_ca_file"] = (value, tls) => tls.ClientAuthorityPath = tls.PathOf(value),
        ["cipher_suites"] = (value, tls) => tls.CipherSuites = [.. (value.Texts() ?? []).Select(name => GoCipherSuites.Read(value, name))],
        ["curve_preferences"] = (value, _) => RefuseCurves(value),
        ["min_version"] = (value, tls) => tls.MinVersion = Version(value, tls.MinVersion),
        ["max_version"] = (value, tls) => tls.MaxVersion = Version(value, tls.MaxVersion),
        // Go has no use for it either.
        ["prefer_server_cipher_suites"] = (value, _) => CheckFlag(value),
        ["client_allowed_sans"] = (value, tls) => tls.ClientNames = value.Texts(),
    };

    private WebConfigSection? _section;

    /// <summary>PEM; empty for none.</summary>
    internal string Certificate { get; private set; } = "";

    /// <summary>PEM; empty for none.</summary>
    internal string Key { get; private set; } = "";

    /// <summary>PEM; empty for none.</summary>
    internal string ClientAuthorities { get; private set; } = "";

    /// <summary>A full path; empty for none.</summary>
    internal string CertificatePath { get; private set; } = "";

    /// <summary>A full path; empty for none.</summary>
    internal string KeyPath { get; private set; } = "";

    /// <summary>A full path; empty for none.</summary>
    internal string ClientAuthorityPath { get; private set; } = "";

    internal string ClientAuthType { get; private set; } = "";

    /// <summary>1.2 or 1.3.</summary>
    internal GoTlsVersion MinVersion { get; private set; } = GoTlsVersion.TLS12;

    /// <summary>1.2 or 1.3.</summary>
    internal GoTlsVersion MaxVersion { get; private set; } = GoTlsVersion.TLS13;

    /// <summary>Those of TLS 1.2 and below; empty for the default.</summary>
    internal IReadOnlyList<System.Net.Security.TlsCipherSuite> CipherSuites { get; private set; } = [];

    /// <summary>The names of which a client's certificate must have one; null for any name. No certificate has one of none.</summary>
    internal IReadOnlyList<string>? ClientNames { get; private set; }

    /// <summary>Whether the section turns TLS on.</summary>
    internal bool IsEnabled =>
        Certificate != "" || CertificatePath != "" || Key != "" || KeyPath != "" || ClientAuthorities != "" || ClientAuthorityPath != ""
        || ClientAuthType != "";

    internal bool RequiresCertificates => ClientAuthType is "RequireAnyClientCert" or "RequireClientCert" or "RequireAndVerifyClientCert";

    internal bool VerifiesCertificates => ClientAuthType is "VerifyClientCertIfGiven" or "RequireAndVerifyClientCert";

    internal void Read(WebConfigSection section)
    {
        _section = section;
        section.Read(this, s_keys);
    }

    /// <summary>Throws <see cref="FormatException"/> for settings that are missing or contradict each other.</summary>
    internal void Validate()
    {
        if (_section is not { } section || !IsEnabled)
        {
            return;
        }

        var fault = Certificate == "" && CertificatePath == "" ? "missing one of cert or cert_file"
            : Key == "" && KeyPath == "" ? "missing one of key or key_file"
            : ClientAuthType is not ("" or "NoClientCert" or "RequestClientCert" or "VerifyClientCertIfGiven") && !RequiresCertificates
                ? $"invalid ClientAuth: {ClientAuthType}"
            : (ClientAuthorities != "" || ClientAuthorityPath != "") && ClientAuthType is ("" or "NoClientCert")
                ? "client CA's have been configured without a Client Auth Policy: set client_auth_type to RequireAndVerifyClientCert"
            : ClientNames is not null && !RequiresCertificates
                ? "client_allowed_sans requires client_auth_type to be RequireAnyClientCert or RequireAndVerifyClientCert"
            : MinVersion > MaxVersion ? $"min_version {MinVersion} is above max_version {MaxVersion}"
            : null;
        if (fault is not null)
        {
            throw section.Fault(fault);
        }
    }

    private static GoTlsVersion Version(WebConfigSection value, GoTlsVersion unset)
    {
        var text = value.Text();
        return text switch
        {
            "" when value.IsNull => unset,
            "TLS12" => GoTlsVersion.TLS12,
            "TLS13" => GoTlsVersion.TLS13,
            "TLS10" or "TLS11" => throw value.Fault($"{value.Name} {text} is not supported, because .NET serves TLS 1.2 and 1.3 alone"),
            _ => throw value.Fault($"unknown TLS version: {text}. Known versions: TLS12, TLS13"),
        };
    }

    private static void CheckFlag(WebConfigSection value)
    {
        if (!value.IsNull)
        {
            value.Flag();
        }
    }

    private static void RefuseCurves(WebConfigSection value)
    {
        var names = value.Texts() ?? [];
        if (names.Find(name => name is not ("CurveP256" or "CurveP384" or "CurveP521" or "X25519")) is { } unknown)
        {
            throw value.Fault($"unknown curve: {unknown}");
        }

        if (names.Count > 0)
        {
            throw value.Fault(
                "curve_preferences cannot be honoured: .NET leaves the curves to the system's TLS library (in OpenSSL the setting Groups)");
        }
    }

    private string PathOf(WebConfigSection value) => value.Text() is { Length: > 0 } path ? Path.GetFullPath(path, folder) : "";
}

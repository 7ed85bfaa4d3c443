// Owns: reading the TLS settings of a prefix from the configuration.

using System.Net.Security;
using System.Security.Authentication;

namespace TinyHost;

/// <summary>
/// <c>Certificate</c>, <c>Key</c> and the other settings of one certificate stand among those of the prefix; further certificates stand
/// below <c>Certificates</c>, as an array or by names of any kind.
/// </summary>
internal static class TlsConfiguration
{
    private static readonly Dictionary<string, Action<Setting, TlsCertificate>> s_certificate = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Certificate"] = (setting, certificate) => certificate.Path = setting.Text("a PEM or PFX file"),
        ["Key"] = (setting, certificate) => certificate.KeyPath = setting.Text("a PEM file"),
        ["Password"] = (setting, certificate) => certificate.Password = setting.Text("the password of the key or PFX file"),
        ["Store"] = (setting, certificate) => certificate.Store = setting.Text("a certificate store such as CurrentUser/My"),
        ["Thumbprint"] = (setting, certificate) => certificate.Thumbprint = setting.Text("the thumbprint of a certificate in a store"),
        ["Subject"] = (setting, certificate) => certificate.Subject = setting.Text("part of the subject of a certificate in a store"),
        ["Names"] = (setting, certificate) => Add(certificate.Names, setting, "server names with commas between them"),
    };

    private static readonly Dictionary<string, Action<Setting, TlsOptions>> s_options = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Certificates"] = ReadCertificates,
        ["MinTlsVersion"] = (setting, tls) => tls.MinVersion = Version(setting),
        ["MaxTlsVersion"] = (setting, tls) => tls.MaxVersion = Version(setting),
        ["CipherSuites"] = ReadCipherSuites,
        ["ClientCertificates"] = (setting, tls) => tls.ClientCertificates = Clients(setting),
        ["ClientAuthority"] = (setting, tls) => tls.ClientAuthorityPath = setting.Text("a PEM file"),
        ["ClientNames"] = (setting, tls) => Add(tls.ClientNames, setting, "subject alternative names with commas between them"),
    };

    /// <summary>Adds the readers to those of a prefix. A program without TLS refuses the settings.</summary>
    internal static void AddTo(Dictionary<string, Action<Setting, PrefixOptions>> readers)
    {
        if (!TlsSupport.IsIncluded)
        {
            foreach (var name in (string[])["Certificate", "Certificates", "Key", "ClientCertificates"])
            {
                readers.Add(name, static (setting, _) => throw new ServerStartException(
                    $"Cannot start: {setting.Path} cannot be used: {TlsSupport.Missing}."));
            }

            return;
        }

        foreach (var (name, read) in s_certificate)
        {
            readers.Add(name, (setting, prefix) => Read(setting, prefix, prefix => read(setting, prefix.OwnCertificate)));
        }

        foreach (var (name, read) in s_options)
        {
            readers.Add(name, (setting, prefix) => Read(setting, prefix, prefix => read(setting, prefix.Tls)));
        }
    }

    // An empty setting takes back what an earlier source of the configuration has set.
    private static void Read(Setting setting, PrefixOptions prefix, Action<PrefixOptions> read)
    {
        if (!setting.IsEmpty)
        {
            read(prefix);
        }
    }

    private static void ReadCertificates(Setting setting, TlsOptions tls) => setting.ReadEach("0", item =>
    {
        var certificate = new TlsCertificate();
        item.Read(certificate, s_certificate, skipEmpty: true, valueName: "Certificate");
        tls.Certificates.Add(certificate);
    });

    private static void ReadCipherSuites(Setting setting, TlsOptions tls)
    {
        foreach (var item in setting.Items(','))
        {
            const string Expected = "names of cipher suites with commas between them, such as TLS_AES_256_GCM_SHA384";
            var name = item.Text(Expected);
            tls.CipherSuites.Add(name.StartsWith("TLS_", StringComparison.Ordinal) && Enum.TryParse<TlsCipherSuite>(name, out var suite)
                ? suite
                : throw item.Refused(Expected));
        }
    }

    private static void Add(IList<string> list, Setting setting, string expected)
    {
        foreach (var item in setting.Items(','))
        {
            list.Add(item.Text(expected) is { Length: > 0 } text ? text : throw item.Refused(expected));
        }
    }

    private static SslProtocols Version(Setting setting) => setting.Text("'1.2' or '1.3'") switch
    {
        "1.2" => SslProtocols.Tls12,
        "1.3" => SslProtocols.Tls13,
        _ => throw setting.Refused("'1.2' or '1.3'"),
    };

    private static ClientCertificates Clients(Setting setting)
    {
        const string Expected = "'None', 'Optional' or 'Required'";
        return setting.Text(Expected).ToUpperInvariant() switch
        {
            "NONE" => ClientCertificates.None,
            "OPTIONAL" => ClientCertificates.Optional,
            "REQUIRED" => ClientCertificates.Required,
            _ => throw setting.Refused(Expected),
        };
    }
}

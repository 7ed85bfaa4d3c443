// Owns: reading the subject alternative names of a certificate (RFC 5280 §4.2.1.6).

using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>The names that .NET offers are DNS names and IP addresses only, so they are read here.</summary>
internal sealed class AlternativeNames
{
    private const string Extension = "2.5.29.17";

    // The tags of GeneralName.
    private const int EMail = 1;
    private const int Dns = 2;
    private const int Uri = 6;
    private const int Ip = 7;

    private readonly List<string> _dnsNames = [];
    private readonly List<string> _others = [];
    private readonly List<IPAddress> _addresses = [];

    internal IReadOnlyList<string> DnsNames => _dnsNames;

    /// <summary>The names of a certificate; none if the extension is missing or broken.</summary>
    internal static AlternativeNames Of(X509Certificate2 certificate)
    {
        var names = new AlternativeNames();
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value == Extension)
            {
                try
                {
                    names.Read(extension.RawData);
                }
                catch (AsnContentException)
                {
                    return new AlternativeNames();
                }
            }
        }

        return names;
    }

    /// <summary>Whether a name is among them. DNS names compare without regard to case, IP addresses by value.</summary>
    internal bool Has(string name) =>
        _dnsNames.Contains(name, StringComparer.OrdinalIgnoreCase)
        || _others.Contains(name, StringComparer.Ordinal)
        || (_addresses.Count > 0 && IPAddress.TryParse(name, out var address) && _addresses.Contains(address));

    private void Read(ReadOnlyMemory<byte> extension)
    {
        var names = new AsnReader(extension, AsnEncodingRules.DER).ReadSequence();
        while (names.HasData)
        {
            var tag = names.PeekTag();
            switch (tag.TagClass == TagClass.ContextSpecific ? tag.TagValue : -1)
            {
                case Dns:
                    _dnsNames.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case EMail or Uri:
                    _others.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, tag));
                    break;
                case Ip when names.ReadOctetString(tag) is { Length: 4 or 16 } bytes:
                    _addresses.Add(new IPAddress(bytes));
                    break;
                case Ip:
                    break;
                default:
                    names.ReadEncodedValue();
                    break;
            }
        }
    }
}

// Owns: a file of certificates and keys: reading it, and finding the PEM blocks in it (RFC 7468).

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace TinyHost;

/// <summary>The content of a certificate or key file, or a text in its place.</summary>
/// <param name="Name">What messages call it: the path in quotes, or the property with the text.</param>
/// <param name="Bytes">What it holds.</param>
internal sealed record PemFile(string Name, byte[] Bytes)
{
    // Far more than any chain: a wrong path must not fill the memory.
    private const int MaxSize = 1_048_576;

    private string? _text;

    /// <summary>The content as text, without the mark that Windows programs put at its beginning.</summary>
    internal string Text => _text ??= Encoding.UTF8.GetString(Bytes).TrimStart('\uFEFF');

    /// <summary>Whether the file has any PEM block.</summary>
    internal bool HasBlocks => PemEncoding.TryFind(Text, out _);

    /// <summary>Whether a key is encrypted in the way of old OpenSSL versions (RFC 1421), which .NET does not read.</summary>
    internal bool HasOldEncryption => Text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal);

    /// <param name="path">The path.</param>
    /// <param name="what">Which file, such as <c>the key file</c>.</param>
    /// <exception cref="TlsFault">It cannot be read.</exception>
    internal static PemFile Read(string path, string what)
    {
        try
        {
            return new PemFile($"'{path}'", BoundedFile.Read(path, MaxSize));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw TlsFault.Unreadable(what, path, e);
        }
    }

    /// <param name="text">What a file would hold.</param>
    /// <param name="name">The property with the text.</param>
    internal static PemFile Of(string text, string name) => new(name, Encoding.UTF8.GetBytes(text));

    /// <summary>The certificates, in the order of the file.</summary>
    /// <exception cref="TlsFault">A block is broken.</exception>
    internal X509Certificate2Collection Certificates()
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Text);
            return certificates;
        }
        catch (CryptographicException e)
        {
            throw new TlsFault($"a certificate in {Name} is broken: {e.Message.TrimEnd('.')}", e);
        }
    }

    /// <summary>The first private key: its label and its whole block. False if there is none.</summary>
    internal bool TryFindKey(out string label, out string block)
    {
        for (var rest = Text.AsSpan(); PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            label = rest[fields.Label].ToString();
            if (label.EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                block = rest[fields.Location].ToString();
                return true;
            }
        }

        label = block = "";
        return false;
    }
}

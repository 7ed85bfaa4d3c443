// Owns: where a server certificate comes from.

using System.Security.Cryptography.X509Certificates;

namespace TinyHost;

/// <summary>
/// One certificate of a server, with its private key and the certificates between it and its authority. It comes from a file
/// (<see cref="Path"/>), from a certificate store of the system (<see cref="Thumbprint"/> or <see cref="Subject"/>), or from the program as
/// text (<see cref="Pem"/>) or object (<see cref="Certificate"/>): exactly one of the four.
/// </summary>
public sealed class TlsCertificate
{
    /// <summary>
    /// A PEM file with the certificate first and its chain after it, or a PFX (PKCS #12) file. Everything in the file that leads to an
    /// authority is sent, except the authority itself.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>A PEM file with the private key, RSA or EC. Default null: the key is in the same file as the certificate.</summary>
    public string? KeyPath { get; set; }

    /// <summary>The content of a PEM file in the place of <see cref="Path"/>.</summary>
    public string? Pem { get; set; }

    /// <summary>The content of a PEM file in the place of <see cref="KeyPath"/>.</summary>
    public string? KeyPem { get; set; }

    /// <summary>The password of an encrypted private key or PFX file. Default null: none.</summary>
    public string? Password { get; set; }

    /// <summary>
    /// The certificate store, as <c>LOCATION/NAME</c>. Default <c>CurrentUser/My</c>.
    /// </summary>
    public string Store { get; set; } = "CurrentUser/My";

    /// <summary>The SHA-1 thumbprint of a certificate in the <see cref="Store"/>, in hexadecimal.</summary>
    public string? Thumbprint { get; set; }

    /// <summary>
    /// Part of the subject of a certificate in the <see cref="Store"/>, such as its common name. Of several with a private key, the one
    /// that expires last is used.
    /// </summary>
    public string? Subject { get; set; }

    /// <summary>The certificate itself, with its private key. The server does not dispose it.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The certificates between <see cref="Certificate"/> and its authority. Default empty.</summary>
    public IList<X509Certificate2> Chain { get; } = [];

    /// <summary>
    /// The server names that this certificate is for, such as <c>shop.example</c> or <c>*.shop.example</c>, where <c>*</c> stands for one
    /// label. Default empty: the DNS names in the certificate, or its common name if it has none.
    /// </summary>
    public IList<string> Names { get; } = [];

    /// <summary>A path without its relative part; an empty one is none.</summary>
    internal static string? FullPath(string? path, string? root) => string.IsNullOrEmpty(path) ? null
        : root is null ? System.IO.Path.GetFullPath(path)
        : System.IO.Path.GetFullPath(path, System.IO.Path.GetFullPath(root));

    internal TlsCertificate Copy(string? root)
    {
        var copy = new TlsCertificate
        {
            Path = FullPath(Path, root),
            KeyPath = FullPath(KeyPath, root),
            Pem = Pem,
            KeyPem = KeyPem,
            Password = Password,
            Store = Store,
            Thumbprint = Thumbprint,
            Subject = Subject,
            Certificate = Certificate,
        };
        ((List<X509Certificate2>)copy.Chain).AddRange(Chain);
        ((List<string>)copy.Names).AddRange(Names);
        return copy;
    }

    internal bool IsSameAs(TlsCertificate other) =>
        Path == other.Path
        && KeyPath == other.KeyPath
        && Pem == other.Pem
        && KeyPem == other.KeyPem
        && Password == other.Password
        && Store == other.Store
        && Thumbprint == other.Thumbprint
        && Subject == other.Subject
        && Certificate == other.Certificate
        && Chain.SequenceEqual(other.Chain)
        && Names.SequenceEqual(other.Names);
}

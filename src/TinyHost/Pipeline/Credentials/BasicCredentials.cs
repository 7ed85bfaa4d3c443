// Owns: the grammar of Basic credentials, RFC 7617 §2: base64 of user-id ":" password, neither with control characters, in UTF-8 (§2.1).

using System.Text;
using System.Text.Unicode;

namespace TinyHost;

/// <summary>Name and password as sent.</summary>
internal readonly ref struct BasicCredentials
{
    private readonly int _colon;

    private BasicCredentials(ReadOnlySpan<byte> text, int colon)
    {
        Text = text;
        _colon = colon;
    }

    /// <summary>Name and password with the colon between them.</summary>
    internal ReadOnlySpan<byte> Text { get; }

    internal ReadOnlySpan<byte> Name => Text[.._colon];

    internal string NameText => Encoding.UTF8.GetString(Name);

    internal string PasswordText => Encoding.UTF8.GetString(Text[(_colon + 1)..]);

    /// <summary>The length of a buffer that holds the decoded text.</summary>
    internal static int SizeOf(ReadOnlySpan<char> credentials) => credentials.Length / 4 * 3;

    internal static bool TryRead(ReadOnlySpan<char> credentials, Span<byte> buffer, out BasicCredentials read)
    {
        read = default;
        if (!Challenge.IsToken68(credentials) || !Convert.TryFromBase64Chars(credentials, buffer, out var length))
        {
            return false;
        }

        var text = buffer[..length];
        var colon = text.IndexOf((byte)':');
        read = new BasicCredentials(text, Math.Max(colon, 0));
        return colon >= 0 && Utf8.IsValid(text) && !text.ContainsAnyInRange((byte)0, (byte)0x1F) && !text.Contains((byte)0x7F);
    }
}

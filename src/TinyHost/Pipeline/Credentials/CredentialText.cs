// Owns: which names and passwords a client can send by the Basic scheme. Messages do not show the text, which may be a password.

using System.Text;

namespace TinyHost;

internal static class CredentialText
{
    /// <summary>Why no client can send a text, as the end of a sentence; null if one can.</summary>
    internal static string? FindFault(string? text) =>
        string.IsNullOrWhiteSpace(text)
            ? "is empty, so anyone could send it: give a text that is not blank, and check that the setting it comes from is set"
        : text.Any(c => c is < ' ' or '\u007f')
            ? "has a control character, such as the line end of the file it comes from, and can never be sent (RFC 7617 §2): trim it"
        : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) != text
            ? "has half of a surrogate pair and can never be sent as UTF-8 (RFC 7617 §2.1)"
        : null;

    /// <summary>As <see cref="FindFault"/>, for the name of a user.</summary>
    internal static string? FindNameFault(string? name) =>
        FindFault(name) ?? (name!.Contains(':') ? $"contains a colon and can never be sent (RFC 7617 §2): '{name}'" : null);

    internal static void ThrowUnlessSendable(string? text, string what, string parameter)
    {
        if (FindFault(text) is { } fault)
        {
            throw new ArgumentException($"{what} {fault}.", parameter);
        }
    }
}

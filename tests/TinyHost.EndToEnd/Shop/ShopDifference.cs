// Owns: one explained difference between the answers of the two shops.

namespace TinyHost.EndToEnd.Shop;

/// <summary>An explanation.</summary>
/// <param name="Part">The part of the answers, as in <see cref="ShopAnswer.Parts"/>.</param>
/// <param name="TinyHost">Its value in TinyHost's answer; <c>*</c> stands for any text, and <c>absent</c> for none.</param>
/// <param name="Kestrel">Its value in Kestrel's answer.</param>
/// <param name="Why">One sentence.</param>
/// <param name="Requests">Names of requests, in which <c>*</c> stands for any text. Each must have the difference.</param>
internal sealed record ShopDifference(string Part, string TinyHost, string Kestrel, string Why, params string[] Requests)
{
    /// <summary>A row of the table in docs/from-kestrel.md.</summary>
    public string Row => $"| {Part} | {TinyHost} | {Kestrel} | {Why} |";

    /// <summary>Whether this explains a difference in the answers to the requests that <paramref name="pattern"/> names.</summary>
    public bool Explains(string pattern, string request, string part, string tinyHost, string kestrel) =>
        part == Part && Fits(TinyHost, tinyHost) && Fits(Kestrel, kestrel) && Fits(pattern, request);

    // An asterisk is the only special character of a pattern, and no answer is compared by one.
    private static bool Fits(string pattern, string text)
    {
        var pieces = pattern.Split('*');
        if (pieces.Length == 1)
        {
            return text == pattern;
        }

        var position = pieces[0].Length;
        if (!text.StartsWith(pieces[0], StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var piece in pieces[1..^1])
        {
            var found = text.IndexOf(piece, position, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            position = found + piece.Length;
        }

        return text.Length - position >= pieces[^1].Length && text.EndsWith(pieces[^1], StringComparison.Ordinal);
    }
}

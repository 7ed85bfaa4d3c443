// Owns: what a peer of the left-behind matrix must have received: whole responses in order, each of its own request's letter alone.
// Does not own: reading responses (ResponseReader).

using TinyHost.Tests.Support;

namespace TinyHost.Tests.LeftBehindMatrix;

internal sealed class WireJudge(LeftBehindCell cell, int handled, bool mayBeCutOff)
{
    private const string Switching = "HTTP/1.1 101 Switching Protocols\r\n";

    /// <summary>What is wrong with what was sent; null when nothing is.</summary>
    internal string? Judge(string sent)
    {
        var upgrade = sent.IndexOf(Switching, StringComparison.Ordinal);
        var http = upgrade < 0 ? sent : sent[..upgrade];
        IReadOnlyList<WireResponse> responses;
        try
        {
            responses = ResponseReader.Read(http, Enumerable.Repeat(("POST", false), upgrade < 0 ? handled : handled - 1), upgrade < 0 ? ("POST", false) : null);
        }
        catch (FormatException e)
        {
            return e.Message;
        }

        var final = responses.Where(response => !response.IsInterim).ToList();
        return final.Select((response, request) => Judge(response, request, isLast: request == final.Count - 1 && upgrade < 0)).FirstOrDefault(complaint => complaint is not null)
            ?? (mayBeCutOff || upgrade >= 0 || final.Count >= handled ? null : $"{handled} requests were handled and {final.Count} responses sent.")
            ?? (upgrade < 0 ? null : JudgeUpgraded(sent[upgrade..]));
    }

    private string? Judge(WireResponse response, int request, bool isLast)
    {
        if (response.End == ResponseEnd.CutOff)
        {
            return isLast && mayBeCutOff ? null : $"The response to request {request} was cut off in silence.";
        }

        var letter = char.ToUpperInvariant(LeftBehindMessages.LetterOf(request));
        if (response.Values("X-Letter") is not [var marked])
        {
            return response.Status is >= 400 and < 600 ? null : $"The response to request {request} lacks its mark and is no refusal: {response.Status}.";
        }

        return marked != letter.ToString() || response.Content.AsSpan().IndexOfAnyExcept(letter) >= 0
            ? $"The response to request {request} is marked {marked} and holds: {Excerpt(response.Content, letter)}."
            : null;
    }

    private string? JudgeUpgraded(string sent)
    {
        var head = sent.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var letter = char.ToUpperInvariant(LeftBehindMessages.LetterOf(handled - 1));
        if (head < 0)
        {
            return mayBeCutOff ? null : "The head of the 101 was cut off in silence.";
        }

        var octets = sent[(head + 4)..];
        return cell.Work == LeftBehindWork.WebSocket ? JudgeFrames(octets, letter)
            : octets.AsSpan().IndexOfAnyExcept(letter) >= 0 ? $"The upgraded connection carried: {Excerpt(octets, letter)}."
            : null;
    }

    // RFC 6455 §5.2: whole frames, unmasked.
    private string? JudgeFrames(string octets, char letter)
    {
        for (var at = 0; at < octets.Length;)
        {
            var left = octets.Length - at;
            var opcode = octets[at] & 0x0F;
            var size = left < 2 ? 0 : octets[at + 1] == 126 && left >= 4 ? (octets[at + 2] << 8) | octets[at + 3] : octets[at + 1];
            var start = at + (left >= 2 && octets[at + 1] == 126 ? 4 : 2);
            if (start + size > octets.Length)
            {
                return mayBeCutOff ? null : "A frame was cut off in silence.";
            }

            if ((octets[at] & 0x70) != 0 || opcode is not (0 or 1 or 8 or 9 or 10) || size > 2_000)
            {
                return $"Not a frame: 0x{(int)octets[at]:X2}, {size} octets.";
            }

            if (opcode is 0 or 1 && octets.AsSpan(start, size).IndexOfAnyExcept(letter) >= 0)
            {
                return $"A frame carried: {Excerpt(octets.Substring(start, size), letter)}.";
            }

            at = start + size;
        }

        return null;
    }

    private static string Excerpt(string content, char letter)
    {
        var at = Math.Max(0, content.AsSpan().IndexOfAnyExcept(letter));
        return content.Substring(Math.Max(0, at - 5), Math.Min(60, content.Length - Math.Max(0, at - 5))).Replace("\r\n", "\\r\\n", StringComparison.Ordinal);
    }
}

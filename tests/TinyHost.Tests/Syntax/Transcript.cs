// Owns: the result of reading all octets of one connection, in a form that allows two readers to be compared.

using System.Globalization;
using System.Text;

namespace TinyHost.Tests.Syntax;

internal enum TranscriptEnd
{
    /// <summary>The octets end where a request does.</summary>
    Between,

    /// <summary>The octets end inside a request that is valid so far.</summary>
    Incomplete,

    /// <summary>A request was not persistent; nothing after it was read.</summary>
    Closed,

    /// <summary>A request is invalid, whatever follows.</summary>
    Rejected,
}

/// <summary>One complete request. Octets are chars; field lines are <c>Name: value</c>.</summary>
internal sealed record TranscriptRequest
{
    internal required string Method { get; init; }

    internal required string Target { get; init; }

    internal required string Form { get; init; }

    internal required string Authority { get; init; }

    internal required string Path { get; init; }

    internal required string Query { get; init; }

    internal required int MinorVersion { get; init; }

    internal required string[] Fields { get; init; }

    internal required string Kind { get; init; }

    internal required string Body { get; init; }

    internal required string[] Trailers { get; init; }

    internal required string Host { get; init; }

    internal required bool Persistent { get; init; }

    internal required bool ExpectContinue { get; init; }

    internal required bool UpgradeRequested { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        {Method} {Target} 1.{MinorVersion} {Form}
          authority={Authority} path={Path} query={Query} host={Host}
          persistent={Persistent} expect={ExpectContinue} upgrade={UpgradeRequested}
          fields={string.Join(" | ", Fields)}
          {Kind}({Body.Length})={Body}
          trailers={string.Join(" | ", Trailers)}
        """);
}

internal sealed class Transcript
{
    internal List<TranscriptRequest> Requests { get; } = [];

    internal TranscriptEnd End { get; set; }

    /// <summary>The start of the last request that was begun; only the reference reader sets it.</summary>
    internal int LastStart { get; set; }

    /// <summary>The reason for a rejection; only the message reader sets it.</summary>
    internal RejectReason Reason { get; set; }

    /// <summary>The requests and how reading ended, without the reason.</summary>
    internal string Outcome => string.Join("\n", Requests) + "\n" + End;

    public override string ToString() => Outcome + " " + Reason;

    /// <summary>Octets as text for the message of a failed test.</summary>
    internal static string Show(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder();
        foreach (var octet in octets)
        {
            text.Append(octet switch
            {
                (byte)'\r' => "\\r",
                (byte)'\n' => "\\n\n",
                >= 0x20 and <= 0x7E => ((char)octet).ToString(),
                _ => $"\\u{octet:X4}",
            });
        }

        return text.ToString();
    }
}

// Owns: where the parts of one request head lie in the receive buffer, and how far its parse has come.
// Does not own: the octets, or any judgement on framing (MessageFraming).

using System.Buffers;

namespace TinyHost;

/// <summary>The form of a request target (RFC 9112 §3.2).</summary>
internal enum TargetForm : byte
{
    Origin,
    Absolute,
    Authority,
    Asterisk,
}

/// <summary>One field line: a name as received, and a value without the white space around it.</summary>
internal readonly record struct FieldLine(Slice Name, Slice Value);

/// <summary>
/// The offsets of one request head. All offsets count from the start of the buffer handed to
/// <see cref="RequestHeadParser"/>; they stay true as long as the head stays at the buffer's start.
/// </summary>
internal sealed class RequestHead(ArrayPool<byte> pool)
{
    internal Slice Method { get; set; }

    /// <summary>The request target, as received.</summary>
    internal Slice Target { get; set; }

    internal TargetForm Form { get; set; }

    /// <summary>The authority of an absolute or authority form; empty otherwise.</summary>
    internal Slice Authority { get; set; }

    /// <summary>The path, undecoded; empty for the authority and asterisk forms and for an absolute form without one.</summary>
    internal Slice Path { get; set; }

    /// <summary>The query without its <c>?</c>; empty when there is none.</summary>
    internal Slice Query { get; set; }

    /// <summary>0 for HTTP/1.0; 1 for HTTP/1.1 and every higher minor version (RFC 9110 §2.5).</summary>
    internal byte MinorVersion { get; set; }

    internal ReadOnlySpan<FieldLine> Fields => Section.Lines;

    /// <summary>True once the request line has been parsed.</summary>
    internal bool HasRequestLine => Phase == RequestLinePhase.Done;

    /// <summary>The header section, which keeps its own place.</summary>
    internal FieldSection Section { get; } = new(pool);

    /// <summary>What the next octet of the request line belongs to.</summary>
    internal RequestLinePhase Phase { get; set; }

    /// <summary>Start of the request line: 0, or 2 behind a leading empty line.</summary>
    internal int LineStart { get; set; }

    /// <summary>Start of the element of the request line being read.</summary>
    internal int ElementStart { get; set; }

    internal void Clear()
    {
        Method = Target = Authority = Path = Query = default;
        Form = TargetForm.Origin;
        MinorVersion = 0;
        Phase = RequestLinePhase.Start;
        LineStart = ElementStart = 0;
        Section.Begin(0);
    }
}

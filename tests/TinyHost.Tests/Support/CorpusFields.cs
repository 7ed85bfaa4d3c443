// Owns: cases on field lines, RFC 9112 §5 and RFC 9110 §5: names, colons, white space, values, line ends, folding.

using static TinyHost.Tests.Support.CorpusCase;

namespace TinyHost.Tests.Support;

internal static class CorpusFields
{
    private const string Line = "RFC 9112 §5";
    private const string Name = "RFC 9110 §5.1";
    private const string Colon = "RFC 9112 §5.1";
    private const string Value = "RFC 9110 §5.5";
    private const string Folding = "RFC 9112 §5.2";
    private const string LineEnd = "RFC 9112 §2.2";

    internal static readonly CorpusCase[] Cases =
    [
        Ok("A field without white space around its value", Line, "X:y", "X: y"),
        Ok("A field with one space before its value", Line, "X: y", "X: y"),
        Ok("A field with many spaces around its value", Line, "X:    y   ", "X: y"),
        Ok("A field with tabs around its value", Line, "X:\t\ty\t", "X: y"),
        Ok("A field with tabs and spaces around its value", Line, "X: \t y \t ", "X: y"),
        Ok("A value that is empty", Value, "X:", "X: "),
        Ok("A value of white space alone is empty", Value, "X: \t ", "X: "),
        Ok("A value with white space inside", Value, "X: a \t b", "X: a \t b"),
        Ok("A value with colons", Value, "X: a:b: c", "X: a:b: c"),
        Ok("A value that begins with a colon", Value, "X::y", "X: :y"),
        Ok(
            "A value with every visible octet",
            Value,
            "X: !\"#$%&'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~",
            "X: !\"#$%&'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~"),
        Ok("A value with octets over 127", Value, "X: \u0080\u00A0\u00E9\u00FF", "X: \u0080\u00A0\u00E9\u00FF"),
        Ok("A value in UTF-8", Value, "X: \u00E2\u0082\u00AC", "X: \u00E2\u0082\u00AC"),
        Ok("A value with an open quote", Value, "X: \"a", "X: \"a"),
        Ok("A value with a backslash at its end", Value, "X: a\\", "X: a\\"),
        Ok("A value that looks like a request line", Value, "X: GET / HTTP/1.1", "X: GET / HTTP/1.1"),
        Ok("A name of one letter", Name, "a: b", "a: b"),
        Ok("A name of digits", Name, "123: b", "123: b"),
        Ok("A name of every tchar that is not a letter", Name, "!#$%&'*+-.^_`|~: b", "!#$%&'*+-.^_`|~: b"),
        Ok("A name with an underscore is another name", Name, "Content_Length: 5", "Content_Length: 5"),
        Ok("A name that only begins like another", Name, "Hostess: b", "Hostess: b"),
        Ok("A name that only begins like Content-Length", Name, "Content-Lengthy: b", "Content-Lengthy: b"),
        Ok("Two lines of one name", "RFC 9110 §5.3", "X: a\r\nX: b", "X: a", "X: b"),
        Ok("Names that differ in case alone", Name, "X-Y: a\r\nx-y: b", "X-Y: a", "x-y: b"),
        Ok("A name of 200 octets", Name, new string('n', 200) + ": v", new string('n', 200) + ": v"),
        Ok("A value of 8000 octets", Value, "X: " + new string('v', 8000), "X: " + new string('v', 8000)),
        Accept(
            "Host after other fields",
            Line,
            "GET / HTTP/1.1\r\nX: y\r\nHost: a\r\n\r\n",
            Get("/") with { Fields = ["X: y", "Host: a"] }),
        Accept(
            "No field at all on HTTP/1.0",
            Line,
            "GET / HTTP/1.0\r\n\r\n",
            Get("/") with { MinorVersion = 0, Persistent = false, Fields = [] }),

        Bad("A space before the colon", Colon, "X : y", RejectReason.InvalidFieldName),
        Bad("A tab before the colon", Colon, "X\t: y", RejectReason.InvalidFieldName),
        Bad("A space before the colon of Content-Length", Colon, "Content-Length : 5", RejectReason.InvalidFieldName),
        Bad("A space before the colon of Transfer-Encoding", Colon, "Transfer-Encoding : chunked", RejectReason.InvalidFieldName),
        Bad("A vertical tab before the colon", Colon, "Transfer-Encoding\u000B: chunked", RejectReason.InvalidFieldName),
        Bad("An empty name", Name, ": y", RejectReason.InvalidFieldName),
        Bad("A colon alone", Name, ":", RejectReason.InvalidFieldName),
        Bad("A line without a colon", Line, "X", RejectReason.InvalidFieldName),
        Bad("A line of words without a colon", Line, "X y", RejectReason.InvalidFieldName),
        Bad("A space inside a name", Name, "X Y: z", RejectReason.InvalidFieldName),
        Bad("A parenthesis in a name", Name, "X(Y): z", RejectReason.InvalidFieldName),
        Bad("A slash in a name", Name, "X/Y: z", RejectReason.InvalidFieldName),
        Bad("A comma in a name", Name, "X,Y: z", RejectReason.InvalidFieldName),
        Bad("A semicolon in a name", Name, "X;Y: z", RejectReason.InvalidFieldName),
        Bad("An equals sign in a name", Name, "X=Y: z", RejectReason.InvalidFieldName),
        Bad("An at sign in a name", Name, "X@Y: z", RejectReason.InvalidFieldName),
        Bad("Brackets in a name", Name, "X[0]: z", RejectReason.InvalidFieldName),
        Bad("A brace in a name", Name, "{X}: z", RejectReason.InvalidFieldName),
        Bad("A quote in a name", Name, "\"X\": z", RejectReason.InvalidFieldName),
        Bad("A backslash in a name", Name, "X\\Y: z", RejectReason.InvalidFieldName),
        Bad("A NUL in a name", Name, "X\0Y: z", RejectReason.InvalidFieldName),
        Bad("A control octet in a name", Name, "X\u0001Y: z", RejectReason.InvalidFieldName),
        Bad("A DEL in a name", Name, "X\u007F: z", RejectReason.InvalidFieldName),
        Bad("An octet over 127 in a name", Name, "X\u00E9: z", RejectReason.InvalidFieldName),
        Bad("A no-break space before a name", Name, "\u00A0Transfer-Encoding: chunked", RejectReason.InvalidFieldName),
        Bad("A byte order mark before a name", Name, "\u00EF\u00BB\u00BFX: z", RejectReason.InvalidFieldName),

        Bad("A NUL in a value", Value, "X: a\0b", RejectReason.InvalidFieldValue),
        Bad("A control octet in a value", Value, "X: a\u0001b", RejectReason.InvalidFieldValue),
        Bad("A backspace in a value", Value, "X: a\bb", RejectReason.InvalidFieldValue),
        Bad("A vertical tab in a value", Value, "X: a\u000Bb", RejectReason.InvalidFieldValue),
        Bad("A form feed in a value", Value, "X: a\u000Cb", RejectReason.InvalidFieldValue),
        Bad("An escape octet in a value", Value, "X: \u001B[31m", RejectReason.InvalidFieldValue),
        Bad("The last control octet in a value", Value, "X: a\u001Fb", RejectReason.InvalidFieldValue),
        Bad("A DEL in a value", Value, "X: a\u007Fb", RejectReason.InvalidFieldValue),
        Bad("A NUL at the end of a value", Value, "X: a\0", RejectReason.InvalidFieldValue),
        Bad("A vertical tab before a value", Value, "Transfer-Encoding: \u000Bchunked", RejectReason.InvalidFieldValue),

        Bad("A folded line", Folding, "X: a\r\n b", RejectReason.FoldedFieldLine),
        Bad("A line folded with a tab", Folding, "X: a\r\n\tb", RejectReason.FoldedFieldLine),
        Bad("A value folded before its first octet", Folding, "X:\r\n a", RejectReason.FoldedFieldLine),
        Bad("A line of white space between fields", Folding, "X: a\r\n \r\nY: b", RejectReason.FoldedFieldLine),
        Bad("A folded Transfer-Encoding", Folding, "Transfer-Encoding:\r\n chunked", RejectReason.FoldedFieldLine),
        Bad("White space before the end of the section", Folding, "X: a\r\n ", RejectReason.FoldedFieldLine),
        Reject("A space before the first field", LineEnd, "GET / HTTP/1.1\r\n Host: a\r\n\r\n", RejectReason.InvalidFieldName),
        Reject("A tab before the first field", LineEnd, "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", RejectReason.InvalidFieldName),
        Reject(
            "A line of white space before the first field",
            LineEnd,
            "GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n",
            RejectReason.InvalidFieldName),

        Bad("A field line that ends in a bare LF", LineEnd, "X: a\nY: b", RejectReason.InvalidLineEnd),
        Bad("A bare CR in a value", LineEnd, "X: a\rb", RejectReason.InvalidLineEnd),
        Bad("A bare CR before a line end", LineEnd, "X: a\r", RejectReason.InvalidLineEnd),
        Bad("A bare CR before a value", LineEnd, "X:\ra", RejectReason.InvalidLineEnd),
        Bad("A bare CR in a name", LineEnd, "X\rY: z", RejectReason.InvalidFieldName),
        Bad("A bare LF in a name", LineEnd, "X\nY: z", RejectReason.InvalidLineEnd),
        Bad("A bare CR that hides a field", LineEnd, "X: a\rTransfer-Encoding: chunked", RejectReason.InvalidLineEnd),
        Bad("A bare LF that hides a field", LineEnd, "X: a\nTransfer-Encoding: chunked", RejectReason.InvalidLineEnd),
        Reject("A section that ends in a bare LF", LineEnd, "GET / HTTP/1.1\r\nHost: a\r\n\n", RejectReason.InvalidLineEnd),
        Reject("A section that ends in a bare CR", LineEnd, "GET / HTTP/1.1\r\nHost: a\r\n\rX", RejectReason.InvalidLineEnd),
        Reject("A section that ends in LF CR", LineEnd, "GET / HTTP/1.1\r\nHost: a\n\r\n", RejectReason.InvalidLineEnd),
    ];

    private static CorpusCase Ok(string name, string section, string lines, params string[] expected) =>
        Accept(name, section, Fields(lines), Get("/") with { Fields = ["Host: a", .. expected] });

    private static CorpusCase Bad(string name, string section, string lines, RejectReason reason) =>
        Reject(name, section, Fields(lines), reason);
}

// Owns: tests of status lines and their reason phrases.

using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class StatusLineTests
{
    [Theory]
    [InlineData(200, "OK")]
    [InlineData(404, "Not Found")]
    [InlineData(299, "")]
    public void A_registered_code_has_its_phrase(int statusCode, string expected) => Assert.Equal(expected, ReasonPhrase.For(statusCode));

    /// <summary>IANA's registry of HTTP status codes, save for those marked as unused or temporary.</summary>
    private const string Registry =
        """
        100 Continue
        101 Switching Protocols
        102 Processing
        103 Early Hints
        200 OK
        201 Created
        202 Accepted
        203 Non-Authoritative Information
        204 No Content
        205 Reset Content
        206 Partial Content
        207 Multi-Status
        208 Already Reported
        226 IM Used
        300 Multiple Choices
        301 Moved Permanently
        302 Found
        303 See Other
        304 Not Modified
        305 Use Proxy
        307 Temporary Redirect
        308 Permanent Redirect
        400 Bad Request
        401 Unauthorized
        402 Payment Required
        403 Forbidden
        404 Not Found
        405 Method Not Allowed
        406 Not Acceptable
        407 Proxy Authentication Required
        408 Request Timeout
        409 Conflict
        410 Gone
        411 Length Required
        412 Precondition Failed
        413 Content Too Large
        414 URI Too Long
        415 Unsupported Media Type
        416 Range Not Satisfiable
        417 Expectation Failed
        421 Misdirected Request
        422 Unprocessable Content
        423 Locked
        424 Failed Dependency
        425 Too Early
        426 Upgrade Required
        428 Precondition Required
        429 Too Many Requests
        431 Request Header Fields Too Large
        451 Unavailable For Legal Reasons
        500 Internal Server Error
        501 Not Implemented
        502 Bad Gateway
        503 Service Unavailable
        504 Gateway Timeout
        505 HTTP Version Not Supported
        506 Variant Also Negotiates
        507 Insufficient Storage
        508 Loop Detected
        510 Not Extended
        511 Network Authentication Required
        """;

    public static TheoryData<int, string> Registered()
    {
        var rows = new TheoryData<int, string>();
        foreach (var line in Registry.Split('\n').Select(line => line.Trim()))
        {
            rows.Add(int.Parse(line.AsSpan(0, 3), System.Globalization.CultureInfo.InvariantCulture), line[4..]);
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(Registered))]
    public void Registered_codes_have_their_registered_phrase(int statusCode, string phrase) =>
        Assert.Equal($"HTTP/1.1 {statusCode} {phrase}\r\n", Line(statusCode));

    [Theory]
    [InlineData(199)]
    [InlineData(299)]
    [InlineData(306)]
    [InlineData(418)]
    [InlineData(599)]
    [InlineData(600)]
    [InlineData(999)]
    public void Unregistered_codes_have_an_empty_phrase_behind_their_space(int statusCode) =>
        Assert.Equal($"HTTP/1.1 {statusCode} \r\n", Line(statusCode));

    [Fact]
    public void Every_line_has_the_form_of_a_status_line()
    {
        for (var statusCode = 100; statusCode <= 999; statusCode++)
        {
            Assert.Matches($@"\AHTTP/1\.1 {statusCode} [A-Za-z -]*\r\n\z", Line(statusCode));
        }
    }

    [Fact]
    public void Every_reason_of_refusal_has_a_registered_code() =>
        Assert.All(
            Enum.GetValues<RejectReason>(),
            reason => Assert.True(Line(reason.StatusCode()).Length > "HTTP/1.1 400 \r\n".Length));

    [Theory]
    [InlineData(99)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1000)]
    public void Codes_outside_three_digits_are_refused(int statusCode) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Line(statusCode));

    private static string Line(int statusCode)
    {
        var destination = new byte[64];
        return Encoding.ASCII.GetString(destination, 0, ResponseHead.WriteStatusLine(destination, statusCode));
    }
}

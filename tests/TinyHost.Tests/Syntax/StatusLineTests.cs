// Owns: tests of StatusLine.

using System.Text;

namespace TinyHost.Tests.Syntax;

public sealed class StatusLineTests
{
    [Theory]
    [InlineData(100, "HTTP/1.1 100 Continue\r\n")]
    [InlineData(101, "HTTP/1.1 101 Switching Protocols\r\n")]
    [InlineData(200, "HTTP/1.1 200 OK\r\n")]
    [InlineData(204, "HTTP/1.1 204 No Content\r\n")]
    [InlineData(304, "HTTP/1.1 304 Not Modified\r\n")]
    [InlineData(400, "HTTP/1.1 400 Bad Request\r\n")]
    [InlineData(404, "HTTP/1.1 404 Not Found\r\n")]
    [InlineData(413, "HTTP/1.1 413 Content Too Large\r\n")]
    [InlineData(422, "HTTP/1.1 422 Unprocessable Content\r\n")]
    [InlineData(431, "HTTP/1.1 431 Request Header Fields Too Large\r\n")]
    [InlineData(505, "HTTP/1.1 505 HTTP Version Not Supported\r\n")]
    [InlineData(511, "HTTP/1.1 511 Network Authentication Required\r\n")]
    public void Registered_codes_have_their_registered_phrase(int statusCode, string expected) =>
        Assert.Equal(expected, Encoding.ASCII.GetString(StatusLine.For(statusCode)));

    [Theory]
    [InlineData(199)]
    [InlineData(299)]
    [InlineData(306)]
    [InlineData(418)]
    [InlineData(599)]
    [InlineData(600)]
    [InlineData(999)]
    public void Unregistered_codes_have_an_empty_phrase_behind_their_space(int statusCode) =>
        Assert.Equal($"HTTP/1.1 {statusCode} \r\n", Encoding.ASCII.GetString(StatusLine.For(statusCode)));

    [Fact]
    public void Every_line_has_the_form_of_a_status_line()
    {
        for (var statusCode = 100; statusCode <= 999; statusCode++)
        {
            Assert.Matches($@"\AHTTP/1\.1 {statusCode} [A-Za-z -]*\r\n\z", Encoding.ASCII.GetString(StatusLine.For(statusCode)));
        }
    }

    [Fact]
    public void Every_reason_of_refusal_has_a_registered_code() =>
        Assert.All(Enum.GetValues<RejectReason>(), reason => Assert.True(StatusLine.For(reason.StatusCode()).Length > "HTTP/1.1 400 \r\n".Length));

    [Theory]
    [InlineData(99)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1000)]
    public void Codes_outside_three_digits_are_refused(int statusCode) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => StatusLine.For(statusCode).Length);
}

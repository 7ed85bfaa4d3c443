namespace TinyHost.Metrics.Tests.Scraping;

public sealed class CodingNegotiationTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("GZIP")]
    [InlineData("x-gzip")]
    [InlineData("gzip, deflate, br, zstd")]
    [InlineData("br;q=1, gzip;q=0.1")]
    [InlineData("gzip;q=0.5, identity;q=0.5")]
    [InlineData("identity;q=0, gzip")]
    [InlineData("*")]
    [InlineData("identity;q=0.1, *;q=0.2")]
    [InlineData("gzip;q=2")]
    public void Gzip_is_accepted(string field) => Assert.True(ContentNegotiation.AcceptsGzip(field));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("identity")]
    [InlineData("gzip;q=0")]
    [InlineData("gzip;q=0.000, *")]
    [InlineData("gzip;q=0.5, identity")]
    [InlineData("gzip;q=0.5, identity;q=0.6")]
    [InlineData("identity;q=0")]
    [InlineData("*;q=0")]
    [InlineData("br, deflate")]
    [InlineData("gzip;q=x")]
    [InlineData("gzippy")]
    [InlineData(";;,,=\"")]
    public void Gzip_is_not_accepted(string? field) => Assert.False(ContentNegotiation.AcceptsGzip(field));
}

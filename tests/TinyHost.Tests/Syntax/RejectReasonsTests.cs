// Owns: tests of RejectReasons.

namespace TinyHost.Tests.Syntax;

public sealed class RejectReasonsTests
{
    private static readonly Dictionary<RejectReason, int> s_notBadRequest = new()
    {
        [RejectReason.MethodTooLong] = 501,
        [RejectReason.MisdirectedRequest] = 421,
        [RejectReason.RequestTargetTooLong] = 414,
        [RejectReason.UnsupportedVersion] = 505,
        [RejectReason.HeaderSectionTooLarge] = 431,
        [RejectReason.TooManyFieldLines] = 431,
        [RejectReason.TrailerSectionTooLarge] = 431,
        [RejectReason.UnsupportedTransferCoding] = 501,
        [RejectReason.UnsupportedExpectation] = 417,
        [RejectReason.BodyTooLarge] = 413,
        [RejectReason.UnsupportedMediaType] = 415,
        [RejectReason.HeaderSectionTimeout] = 408,
        [RejectReason.BodyTooSlow] = 408,
        [RejectReason.HandlerTimeout] = 504,
        [RejectReason.ConcurrencyLimit] = 503,
        [RejectReason.RateLimit] = 429,
        [RejectReason.MissingCredentials] = 401,
        [RejectReason.InvalidCredentials] = 401,
        [RejectReason.LoginLimit] = 429,
    };

    [Fact]
    public void Every_reason_has_its_documented_status() =>
        Assert.All(
            Enum.GetValues<RejectReason>(),
            reason => Assert.Equal(s_notBadRequest.GetValueOrDefault(reason, 400), reason.StatusCode()));

    [Theory]
    [InlineData(RejectReason.None, "none")]
    [InlineData(RejectReason.InvalidRequestLine, "invalid_request_line")]
    [InlineData(RejectReason.HeaderSectionTooLarge, "header_section_too_large")]
    [InlineData(RejectReason.BodyTooSlow, "body_too_slow")]
    public void Names_are_in_snake_case(RejectReason reason, string expected) => Assert.Equal(expected, reason.Name());

    [Theory]
    [InlineData(RejectReason.None)]
    [InlineData((RejectReason)(-1))]
    [InlineData((RejectReason)999)]
    public void An_exception_needs_a_reason(RejectReason reason)
    {
        Assert.Throws<ArgumentOutOfRangeException>(nameof(reason), () => new RequestRejectedException(reason, "why"));
        var cause = new NotSupportedException();
        Assert.Throws<ArgumentOutOfRangeException>(nameof(reason), () => new RequestRejectedException(reason, "why", cause));
    }

    [Fact]
    public void Names_differ()
    {
        var names = Enum.GetValues<RejectReason>().Select(r => r.Name()).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, n => Assert.Matches("^[a-z]+(_[a-z]+)*$", n));
    }

    [Theory]
    [InlineData("None", "none")]
    [InlineData("InvalidRequestLine", "invalid_request_line")]
    public void ToSnakeCase_separates_words_at_capitals(string name, string expected) =>
        Assert.Equal(expected, RejectReasons.ToSnakeCase(name));
}

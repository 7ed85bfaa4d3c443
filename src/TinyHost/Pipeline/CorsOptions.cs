// Owns: what pages of other origins may do.

namespace TinyHost;

/// <summary>What browsers may let pages of other origins do (Fetch standard, CORS protocol).</summary>
public sealed class CorsOptions
{
    /// <summary>
    /// The origins whose pages may read responses, such as <c>https://shop.example</c> or <c>http://localhost:3000</c>, compared exactly;
    /// or <c>*</c> alone for all. Empty by default.
    /// </summary>
    public IList<string> Origins { get; } = [];

    /// <summary>
    /// Whether an origin that is not in <see cref="Origins"/> is allowed; null, the default, for none. It gets the field's value as
    /// received, such as <c>null</c> for a page without an origin. Compare whole hosts: <c>EndsWith("shop.example")</c> also admits
    /// <c>https://evilshop.example</c>.
    /// </summary>
    public Func<string, bool>? IsOriginAllowed { get; set; }

    /// <summary>The methods that pages may use. By default GET, HEAD, POST, PUT, PATCH, DELETE. <c>*</c> for all.</summary>
    public IList<string> AllowedMethods { get; } = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>
    /// The request fields that pages may set. By default Content-Type and Authorization. <c>*</c> stands for all but Authorization.
    /// </summary>
    public IList<string> AllowedHeaders { get; } = ["Content-Type", "Authorization"];

    /// <summary>The response fields that pages may read besides the usual ones. Empty by default. <c>*</c> for all.</summary>
    public IList<string> ExposedHeaders { get; } = [];

    /// <summary>
    /// Whether pages may send cookies and passwords that the browser keeps. False by default. Not together with <c>*</c>, which browsers
    /// then refuse.
    /// </summary>
    public bool AllowsCredentials { get; set; }

    /// <summary>
    /// How long a browser may keep the answer to a preflight request, in whole seconds. Null, the default, leaves it to the browser: 5 s.
    /// Browsers have limits of their own, such as 2 hours.
    /// </summary>
    public TimeSpan? MaxAge { get; set; }
}

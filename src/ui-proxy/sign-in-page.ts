const SIGN_IN = '/login';

/**
 * Where the UI's sign-in page is to be instead, where its address leads back to the sign-in page. The UI comes to that when it is
 * refused twice on one page; people would sign in, and stand before "sign in" again.
 * @param url path and query, as the request has them
 */
export function signInPageFor(url: string): string | undefined {
  const asked = returnUrlOf(url);
  let wanted = asked;
  for (let inner = wanted; inner !== undefined; inner = returnUrlOf(inner)) wanted = inner;
  return wanted === asked ? undefined : `${SIGN_IN}?returnUrl=${encodeURIComponent(`${wanted}`)}`;
}

/** What a sign-in page leads back to; undefined for any other page. */
function returnUrlOf(url: string): string | undefined {
  if (!URL.canParse(url, 'http://ui')) return undefined;
  const { pathname, searchParams } = new URL(url, 'http://ui');
  return pathname === SIGN_IN ? (searchParams.get('returnUrl') ?? undefined) : undefined;
}

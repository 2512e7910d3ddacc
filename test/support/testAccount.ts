/** What requests described with nock are sent to, and the account that sends them. Loads no nock itself. */
export const baseUrl = 'https://api.masv.test';
export const storageUrl = 'https://storage.masv.test';
export const apiKey = 'k{e<y=:!/,1';
export const teamId = 'TEAM1';

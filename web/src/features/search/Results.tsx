import { useRef } from "react";
import type { Hit } from "../../model/requests";
import { t } from "../../texts";
import { Button } from "../../ui/Button";
import { FormError } from "../../ui/Field";
import { Spinner } from "../../ui/Spinner";
import { HitRow } from "./HitRow";
import styles from "./SearchPanel.module.css";
import type { Found } from "./useSearch";

/** The next page is asked for this far before the end. */
const NEAR_END_PX = 400;

interface Props {
  found: Found;
  query: string;
  listId: string;
  active: number;
  inside: boolean;
  onChoose: (hit: Hit) => void;
}

export function Results({ found, query, listId, active, inside, onChoose }: Props) {
  const { hits, loading, failure, more } = found;
  const scroller = useRef<HTMLDivElement>(null);
  const asked = query.trim() !== "";
  function onScroll() {
    const element = scroller.current;
    if (element && element.scrollHeight - element.clientHeight - element.scrollTop < NEAR_END_PX)
      found.loadMore();
  }
  return (
    <div className={styles.results} ref={scroller} onScroll={onScroll}>
      {!asked && <p className={styles.note}>{t.search.hint}</p>}
      {asked && hits?.length === 0 && !loading && !failure && (
        <p className={styles.note}>{more ? t.search.noneYet : t.search.none(query.trim())}</p>
      )}
      <div id={listId} role="listbox" aria-label={t.search.results}>
        {asked &&
          hits?.map((hit, index) => (
            <HitRow
              key={hit.message.id}
              id={`${listId}-${index}`}
              hit={hit}
              query={query}
              active={index === active}
              inside={inside}
              onChoose={onChoose}
            />
          ))}
      </div>
      {failure && (
        <div className={styles.failed}>
          <FormError>{t.failure(failure)}</FormError>
          <Button onClick={hits ? found.loadMore : found.again}>{t.tryAgain}</Button>
        </div>
      )}
      {loading && (
        <div className={styles.note}>
          <Spinner label={t.search.searching} />
        </div>
      )}
      {more && !loading && !failure && (
        <Button look="quiet" wide onClick={found.loadMore}>
          {hits?.length ? t.search.more : t.search.further}
        </Button>
      )}
      <p className="hidden" role="status">
        {asked && hits && !loading ? said(hits.length, more) : ""}
      </p>
    </div>
  );
}

function said(found: number, more: boolean): string {
  return found === 0 && more ? t.search.noneYet : t.search.count(found, more);
}
